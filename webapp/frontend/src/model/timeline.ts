/** The rows of an open conversation: days, and messages grouped by who said them. */

import type { Fields } from "../contract/decode";
import type { Conversation, Pending } from "./conversation";

const GROUP_WITHIN_MS = 5 * 60_000;

/** How far a message of ours came; null on the messages of others. */
export type Progress = "sending" | "sent" | "read" | "failed" | null;

export interface Bubble {
	readonly type: "bubble";
	/** The same before and after the stamp, so that a row stays the same element. */
	readonly rowKey: string;
	readonly id: string;
	readonly from: string;
	readonly mine: boolean;
	readonly body: string;
	readonly data: Fields | null;
	readonly at: number;
	readonly progress: Progress;
	readonly failure: Pending["failure"];
	/** Whether it begins, and whether it ends, a run of one sender. */
	readonly first: boolean;
	readonly last: boolean;
}

export interface Day {
	readonly type: "day";
	readonly rowKey: string;
	readonly at: number;
}

export type Row = Bubble | Day;
type Item = Omit<Bubble, "first" | "last">;

export function timeline(conversation: Conversation, me: string): Row[] {
	const items = [...stampedItems(conversation, me), ...conversation.pending.map((item) => pendingItem(item, me))];
	return items.flatMap((item, index) => {
		const joinsBefore = joins(items[index - 1], item);
		const bubble: Bubble = { ...item, first: !joinsBefore, last: !joins(item, items[index + 1]) };
		if (sameDay(items[index - 1]?.at, item.at)) return [bubble];
		return [{ type: "day", rowKey: `day ${item.rowKey}`, at: item.at }, bubble];
	});
}

function stampedItems(conversation: Conversation, me: string): Item[] {
	return conversation.messages.map(({ id, from, body, data, at, seq }) => {
		const mine = from === me;
		const progress = !mine ? null : seq <= conversation.peerReadSeq ? "read" : "sent";
		return { type: "bubble", rowKey: `${from} ${id}`, id, from, mine, body, data, at, progress, failure: null };
	});
}

function pendingItem({ id, body, at, failure }: Pending, me: string): Item {
	const progress = failure ? "failed" : "sending";
	return { type: "bubble", rowKey: `${me} ${id}`, id, from: me, mine: true, body, data: null, at, progress, failure };
}

function joins(a: Item | undefined, b: Item | undefined): boolean {
	if (a === undefined || b === undefined || a.from !== b.from) return false;
	return sameDay(a.at, b.at) && b.at - a.at < GROUP_WITHIN_MS;
}

/** In the reader's own time zone. */
function sameDay(a: number | undefined, b: number): boolean {
	return a !== undefined && new Date(a).toDateString() === new Date(b).toDateString();
}
