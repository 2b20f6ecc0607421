/** Takes what another program hands to us, and leads to the page that asks where it goes. */

import { readForm, type Shared } from "../model/shared";

export const SHARE_PATH = "/share";
const SHARE_PAGE = "/#/share";

/** What could not be kept is missed there. */
export async function receiveShare(
	request: Request,
	put: (shared: Shared) => Promise<unknown>,
	now: number,
): Promise<Response> {
	try {
		await put(readForm(await request.formData(), now));
	} catch {
		// no form: the page says that nothing came
	}
	return Response.redirect(new URL(SHARE_PAGE, request.url), 303);
}
