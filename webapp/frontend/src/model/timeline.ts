/** The rows of an open conversation: days, what was said grouped by who said it, and the lines between. */

import { type Message, parseMessage } from "../contract/envelope";
import type { GroupEvent } from "../contract/groups";
import { isMark } from "../contract/kinds";
import type { ConversationKey } from "../contract/topics";
import { type Conversation, findMessage } from "./conversation";
import type { MarksAsOf } from "./marks";
import { type Draft, type Pending, pendingContent } from "./outbox";
import type { Stream } from "./streams";

const GROUP_WITHIN_MS = 5 * 60_000;

/** How far a message of ours came; null on the messages of others. */
export type Progress = "sending" | "sent" | "delivered" | "read" | "failed" | null;

export interface Bubble {
	readonly type: "bubble";
	/** The same before and after the stamp, so that a row stays the same element. */
	readonly rowKey: string;
	readonly id: string;
	/** 0 as long as it has no stamp. */
	readonly seq: number;
	readonly from: string;
	readonly mine: boolean;
	readonly message: Message;
	readonly marks: MarksAsOf | null;
	/** The message that it answers, where that is held. */
	readonly origin: Message | null;
	readonly at: number;
	readonly progress: Progress;
	readonly failure: Pending["failure"];
	/** Whether it is still being written. */
	readonly growing: boolean;
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
	readonly seq: number;
	readonly from: string;
	readonly body: string;
	readonly event: GroupEvent;
	readonly at: number;
}

/** Messages that are no more. `by` took one back; null: their time was over. */
export interface GoneLine {
	readonly type: "gone";
	readonly rowKey: string;
	/** Of the first of them. */
	readonly seq: number;
	readonly from: string;
	readonly by: string | null;
	readonly count: number;
	readonly at: number;
}

/** Answers in a thread, which stand in the thread alone. */
export interface ThreadLine {
	readonly type: "thread";
	readonly rowKey: string;
	/** Of the first of them. */
	readonly seq: number;
	readonly root: number;
	readonly from: readonly string[];
	readonly count: number;
	readonly newest: Message;
	readonly at: number;
}

/** Above what was not read when the conversation was opened. */
export interface UnreadLine {
	readonly type: "unread";
	readonly rowKey: string;
	readonly at: number;
}

/** The rows of a day, with its name above them; what stands before any day has none. */
export interface DayRows {
	readonly key: string;
	readonly at: number | null;
	readonly rows: readonly Exclude<Row, Day>[];
}

type Talk = Omit<Bubble, "first" | "last">;
type Item = Talk | EventLine | GoneLine | ThreadLine;
export type Row = Bubble | EventLine | GoneLine | ThreadLine | Day | UnreadLine;

/** `readSeq`: how far we had read when the conversation was opened; null: no line for what is new. */
export function timeline(conversation: Conversation, me: string, readSeq: number | null = null): Row[] {
	const items = mainItems(conversation, me);
	const unread = readSeq === null ? -1 : firstUnread(items, readSeq, me);
	return items.flatMap((item, index): Row[] => {
		const row = item.type === "bubble" ? withRun(item, items[index - 1], items[index + 1], unread === index) : item;
		const rows: Row[] = sameDay(items[index - 1]?.at, item.at)
			? [row]
			: [{ type: "day", rowKey: `day ${dayOf(item.at)}`, at: item.at }, row];
		return unread === index ? [{ type: "unread", rowKey: "unread", at: item.at }, ...rows] : rows;
	});
}

/** The same rows, day by day. */
export function byDay(rows: readonly Row[]): DayRows[] {
	const days = new Map<string, { key: string; at: number | null; rows: Exclude<Row, Day>[] }>();
	let day: string | null = null;
	for (const row of rows) {
		if (row.type === "day" || day === null) {
			day = row.type === "day" ? row.rowKey : "";
			while (days.has(day)) day = `${day} again`; // a clock went back
			days.set(day, { key: day, at: row.type === "day" ? row.at : null, rows: [] });
		}
		if (row.type !== "day") days.get(day)?.rows.push(row);
	}
	return [...days.values()];
}

/** The days with the last `count` of their rows. */
export function lastRows(days: readonly DayRows[], count: number): DayRows[] {
	let over = days.reduce((sum, { rows }) => sum + rows.length, -count);
	return days.flatMap((day) => {
		const left = over;
		over -= day.rows.length;
		if (left <= 0) return [day];
		return over < 0 ? [{ ...day, rows: day.rows.slice(left) }] : [];
	});
}

/** The new rows, where one reads as before as the object that it was: what did not change is not drawn again. */
export function steady(rows: readonly Row[], before: readonly Row[]): Row[] {
	const known = new Map(before.map((row) => [row.rowKey, row]));
	return rows.map((row) => {
		const old = known.get(row.rowKey);
		return old && isSame(old, row) ? old : row;
	});
}

function isSame(a: object, b: object): boolean {
	const fields = Object.entries(b);
	return fields.every(([name, value]) => sameValue((a as Record<string, unknown>)[name], value));
}

function sameValue(a: unknown, b: unknown): boolean {
	if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
	return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** The rows of the thread below a message: that message, its answers, and what of ours is on its way there. */
export function threadRows(conversation: Conversation, root: number, me: string): Row[] {
	const { messages, aside, pending } = conversation;
	const all = new Map([...aside, ...messages.map((message) => [message.seq, message] as const)]);
	const told = [...all.values()].filter(
		({ seq, thread, content }) => !isMark(content) && (seq === root || thread === root),
	);
	const waiting = pendingContent(pending).filter(({ draft }) => threadOf(draft) === root);
	const items = [
		...told.sort((a, b) => a.seq - b.seq).flatMap((message) => stampedItem(conversation, message, me)),
		...waiting.map((item) => pendingItem(conversation, item, me)),
	];
	return items.map((item, index) =>
		item.type === "bubble" ? withRun(item, items[index - 1], items[index + 1]) : item,
	);
}

/** The id of what we said last, on its way or stamped, if nobody has spoken since: it changes when we say something. */
export function ownLastId(conversation: Conversation, me: string): string {
	const pending = pendingContent(conversation.pending).findLast(({ draft }) => threadOf(draft) === null);
	if (pending) return pending.id;
	const { newest } = conversation;
	return newest?.from === me && newest.thread === null ? newest.id : "";
}

/** Everybody whom the rows name. */
export function speakers(rows: readonly Row[]): string[] {
	return [...new Set(rows.flatMap(namesIn))];
}

function namesIn(row: Row): readonly string[] {
	if (row.type === "bubble") return row.origin ? [row.from, row.origin.from] : [row.from];
	if (row.type === "event") return [row.from, ...row.event.who];
	if (row.type === "gone") return row.by === null ? [] : [row.by, row.from];
	return row.type === "thread" ? row.from : [];
}

function mainItems(conversation: Conversation, me: string): Item[] {
	const items: Item[] = [];
	for (const message of conversation.messages)
		for (const item of message.thread === null
			? stampedItem(conversation, message, me)
			: [threadLine(message, message.thread)])
			append(items, item);
	if (conversation.detached) return items;
	const streams = conversation.streams.map((stream) => streamItem(conversation, stream));
	const pending = pendingContent(conversation.pending).filter(({ draft }) => threadOf(draft) === null);
	return [...items, ...streams, ...pending.map((item) => pendingItem(conversation, item, me))];
}

/** Lines of the same make become one. */
function append(items: Item[], item: Item): void {
	const before = items.at(-1);
	if (item.type === "thread" && before?.type === "thread" && before.root === item.root) {
		const from = [...new Set([...before.from, ...item.from])];
		items.splice(-1, 1, { ...item, rowKey: before.rowKey, from, count: before.count + 1 });
	} else if (item.type === "gone" && item.by === null && before?.type === "gone" && before.by === null) {
		items.splice(-1, 1, { ...before, count: before.count + 1 });
	} else items.push(item);
}

function threadLine(message: Message, root: number): Item {
	const { from, id, seq, at } = message;
	return { type: "thread", rowKey: `${from} ${id}`, seq, root, from: [from], count: 1, newest: message, at };
}

/** Where what is new begins; nowhere if we said something since. */
function firstUnread(items: readonly Item[], readSeq: number, me: string): number {
	return items.findIndex((item) => {
		if (item.type === "bubble") return item.seq > readSeq && item.from !== me && !item.growing;
		return item.type === "thread" && item.newest.seq > readSeq && item.newest.from !== me;
	});
}

function withRun(item: Talk, before: Item | undefined, after: Item | undefined, parted = false): Bubble {
	return { ...item, first: parted || !joins(before, item), last: !joins(item, after) };
}

function stampedItem(conversation: Conversation, message: Message, me: string): Item[] {
	const { id, from, body, event, at, seq, content } = message;
	const rowKey = `${from} ${id}`;
	if (isMark(content)) return [];
	if (event) return [{ type: "event", rowKey, seq, from, body, event, at }];
	if (content.kind === "gone")
		return content.hidden ? [] : [{ type: "gone", rowKey, seq, from, by: content.by, count: 1, at }];
	const mine = from === me && message.imported === null; // who said that is another
	const progress = mine ? progressOf(conversation, seq) : null;
	const marks = conversation.marks.get(seq) ?? null;
	const origin = originOf(conversation, message);
	const said = { type: "bubble", rowKey, id, seq, from, mine, message, marks, origin, at } as const;
	return [{ ...said, progress, failure: null, growing: false }];
}

function threadOf(draft: Draft): number | null {
	return ("thread" in draft ? draft.thread : null) ?? null;
}

function originOf(conversation: Conversation, { reply }: Message): Message | null {
	return reply === null ? null : findMessage(conversation, reply);
}

function progressOf({ peerReadSeq, peerDeliveredSeq }: Conversation, seq: number): Progress {
	if (seq <= peerReadSeq) return "read";
	return seq <= peerDeliveredSeq ? "delivered" : "sent";
}

function pendingItem(conversation: Conversation, pending: Pending, me: string): Talk {
	const { id, at, failure } = pending;
	const message = pendingMessage(conversation.key, pending, me);
	const progress = failure ? "failed" : "sending";
	const origin = originOf(conversation, message);
	const said = { type: "bubble", rowKey: `${me} ${id}`, id, seq: 0, from: me, mine: true, message } as const;
	return { ...said, marks: null, origin, at, progress, failure, growing: false };
}

const shown = new WeakMap<object, Message>(); // so that what does not change stays the same object

/** A message as it will be once it has its stamp. */
export function pendingMessage(key: ConversationKey, pending: Pending, me: string): Message {
	const { id, draft, files, at } = pending;
	const known = shown.get(draft);
	if (known) return known;
	const poster = "poster" in draft ? files.find((file) => file.id === draft.poster) : undefined;
	const shownFiles = files.filter((file) => file !== poster);
	const wire = { ...draft, ...(files.length > 0 && { files: shownFiles }), poster, id, from: me, to: key, seq: 1, at };
	const message = { ...parseMessage(wire), seq: 0 };
	shown.set(draft, message);
	return message;
}

function streamItem(conversation: Conversation, stream: Stream): Talk {
	const { from, id, start, text, at } = stream;
	const wire = { id, from, to: conversation.key, kind: "text", body: start > 0 ? `… ${text}` : text, seq: 1, at };
	const message = shown.get(stream) ?? { ...parseMessage({ ...wire, format: "markdown" }), seq: 0 };
	shown.set(stream, message);
	const said = { type: "bubble", rowKey: `${from} ${id}`, id, seq: 0, from, mine: false, message } as const;
	return { ...said, marks: null, origin: null, at, progress: null, failure: null, growing: true };
}

function joins(a: Item | undefined, b: Item | undefined): boolean {
	if (a?.type !== "bubble" || b?.type !== "bubble" || a.from !== b.from) return false;
	if ((a.message.imported?.from ?? "") !== (b.message.imported?.from ?? "")) return false;
	return sameDay(a.at, b.at) && b.at - a.at < GROUP_WITHIN_MS;
}

function sameDay(a: number | undefined, b: number): boolean {
	return a !== undefined && dayOf(a) === dayOf(b);
}

/** In the reader's own time zone. Most times that are asked for are of the day that was asked for last. */
function dayOf(at: number): string {
	if (at < lastDay.from || at >= lastDay.to) {
		const day = new Date(at);
		const midnight = (days: number) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
		lastDay = { from: midnight(0), to: midnight(1), name: day.toDateString() };
	}
	return lastDay.name;
}

let lastDay = { from: 0, to: 0, name: "" };
