/** The rows of an open conversation: days, and messages grouped by who said them. */

import type { Fields } from "../contract/decode";
import type { Message } from "../contract/envelope";
import type { GroupEvent } from "../contract/groups";
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

/** A line that says what changed in the group; `from` did it. */
export interface EventLine {
	readonly type: "event";
	readonly rowKey: string;
	readonly from: string;
	readonly body: string;
	readonly event: GroupEvent;
	readonly at: number;
}

export type Row = Bubble | EventLine | Day;
type Item = Omit<Bubble, "first" | "last"> | EventLine;

export function timeline(conversation: Conversation, me: string): Row[] {
	const items = [...stampedItems(conversation, me), ...conversation.pending.map((item) => pendingItem(item, me))];
	return items.flatMap((item, index) => {
		const row = item.type === "event" ? item : withRun(item, items[index - 1], items[index + 1]);
		if (sameDay(items[index - 1]?.at, item.at)) return [row];
		return [{ type: "day", rowKey: `day ${item.rowKey}`, at: item.at }, row];
	});
}

/** Everybody whom the rows name. */
export function speakers(rows: readonly Row[]): string[] {
	const named = rows.flatMap((row) => {
		if (row.type === "day") return [];
		return row.type === "event" ? [row.from, ...row.event.who] : [row.from];
	});
	return [...new Set(named)];
}

function withRun(item: Omit<Bubble, "first" | "last">, before: Item | undefined, after: Item | undefined): Bubble {
	return { ...item, first: !joins(before, item), last: !joins(item, after) };
}

function stampedItems(conversation: Conversation, me: string): Item[] {
	return conversation.messages.map((message) => stampedItem(message, me, conversation.peerReadSeq));
}

function stampedItem({ id, from, body, data, event, at, seq }: Message, me: string, peerReadSeq: number): Item {
	const rowKey = `${from} ${id}`;
	if (event) return { type: "event", rowKey, from, body, event, at };
	const mine = from === me;
	const progress = !mine ? null : seq <= peerReadSeq ? "read" : "sent";
	return { type: "bubble", rowKey, id, from, mine, body, data, at, progress, failure: null };
}

function pendingItem({ id, body, at, failure }: Pending, me: string): Item {
	const progress = failure ? "failed" : "sending";
	return { type: "bubble", rowKey: `${me} ${id}`, id, from: me, mine: true, body, data: null, at, progress, failure };
}

function joins(a: Item | undefined, b: Item | undefined): boolean {
	if (a?.type !== "bubble" || b?.type !== "bubble" || a.from !== b.from) return false;
	return sameDay(a.at, b.at) && b.at - a.at < GROUP_WITHIN_MS;
}

/** In the reader's own time zone. */
function sameDay(a: number | undefined, b: number): boolean {
	return a !== undefined && new Date(a).toDateString() === new Date(b).toDateString();
}
