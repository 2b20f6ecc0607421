/** What pages behind links say, asked for once while this page is open. */

import type { Preview } from "../../contract/history";
import type { MessagesApi } from "../../net/messages";

const MOST = 300;
const known = new Map<string, Promise<Preview | null>>();

/** Null where there is nothing to show; a failure is asked for again the next time. */
export function askPreview(api: MessagesApi, url: string): Promise<Preview | null> {
	const asked = known.get(url);
	if (asked) return asked;
	const answer = api.preview(url).catch(() => {
		known.delete(url);
		return null;
	});
	known.set(url, answer);
	const [oldest] = known.keys();
	if (known.size > MOST && oldest !== undefined) known.delete(oldest);
	return answer;
}
