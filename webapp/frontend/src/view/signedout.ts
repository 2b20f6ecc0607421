/** What ends with a sign-in beside what the messenger keeps: the next one at this browser may be somebody else. */

import { takeShares } from "../platform/database";
import { forgetNotifying } from "./notify/notifying.svelte";

export async function clearDesk(): Promise<void> {
	await Promise.all([forgetNotifying(), takeShares()]);
}
