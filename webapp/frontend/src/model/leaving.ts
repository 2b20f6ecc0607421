/** What has not left this browser yet. */

import type { Model } from "./model";
import { pendingContent } from "./outbox";

/** Whether a message or a mark of ours waits for its stamp. */
export function waitsForStamp({ conversations }: Pick<Model, "conversations">): boolean {
	return [...conversations.values()].some(({ pending }) => pending.some(({ failure }) => failure === null));
}

/** Messages of ours that are in this browser alone: on their way, or refused. */
export function countUnsent({ conversations }: Pick<Model, "conversations">): number {
	return [...conversations.values()].reduce((count, { pending }) => count + pendingContent(pending).length, 0);
}
