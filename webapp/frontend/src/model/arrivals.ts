/** What has come since. Pure. */

import type { Message } from "../contract/envelope";
import type { Conversation } from "./conversation";
import { isSaid } from "./marks";

/** What others said after `seq`, oldest first; of a window in the middle of the log no more than the newest. */
export function arrivedSince({ messages, newest }: Conversation, seq: number, me: string): Message[] {
	const fresh: Message[] = newest && newest.seq > (messages.at(-1)?.seq ?? 0) ? [newest] : [];
	for (const message of messages.toReversed()) {
		if (message.seq <= seq) break;
		fresh.unshift(message);
	}
	return fresh.filter((message) => message.seq > seq && message.from !== me && isSaid(message));
}
