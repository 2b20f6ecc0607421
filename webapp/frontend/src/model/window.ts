/**
 * The window of a conversation on its log.
 *
 * It is complete from its first message to `upto`, marks and all. At the end of the log, what arrives joins on, and what
 * arrives beyond a gap waits in `ahead` until the history has filled the gap. In the middle of the log (`detached`) what
 * arrives only changes what is held; pages below bring it back to the end. All functions are pure.
 */

import type { Head } from "../contract/api";
import type { Message } from "../contract/envelope";
import type { HistoryPage, OneMessage, Pinned } from "../contract/history";
import { isMark } from "../contract/kinds";
import { type Conversation, findMessage, read, withHead } from "./conversation";
import { emptied, isSaid, marked, marksAsOf, rewritten, touchedBy } from "./marks";
import { withoutStream } from "./streams";

const MAX_WAITING_MARKS = 200; // while detached: of what a page on its way may not know yet

/** Start the window anew at the head: nothing is held, all of the history is above. */
export function startAtHead(conversation: Conversation, head: Head): Conversation {
	const fresh = withHead(reset(conversation, head.lastSeq), head);
	return dropStamped(fresh, head.lastMessage ? [head.lastMessage] : []);
}

/** Let go of everything that was loaded. */
export function reset(conversation: Conversation, upto = conversation.lastSeq): Conversation {
	const nothing = { messages: [], ahead: [], aside: new Map(), marks: new Map(), pins: [] };
	return { ...conversation, ...nothing, upto, detached: false, firstSeq: null };
}

export function hasGap({ detached, lastSeq, upto }: Conversation): boolean {
	return !detached && lastSeq > upto;
}

/** Whether the history has messages above the window that were not loaded. */
export function hasOlder(conversation: Conversation): boolean {
	return firstHeld(conversation) > (conversation.firstSeq ?? 1);
}

/** The first seq of the window; the one behind its end when it is empty. */
export function firstHeld({ messages, upto }: Conversation): number {
	return messages[0]?.seq ?? upto + 1;
}

/** Whether a message lies in the window. */
export function holds(conversation: Conversation, seq: number): boolean {
	return seq >= firstHeld(conversation) && seq <= conversation.upto;
}

/** An entry arrived live. One that is known already only clears its pending twin. */
export function receive(conversation: Conversation, entry: Message, me: string): Conversation {
	const known = entry.seq <= conversation.upto || conversation.ahead.some(({ seq }) => seq === entry.seq);
	const rest = dropStamped(conversation, [entry]);
	if (known) return rest;
	const fresh = entry.seq > rest.lastSeq;
	const counted = fresh ? noteReading(noteNewest(rest, entry), entry, me) : rest;
	const grown = { ...counted, lastSeq: Math.max(rest.lastSeq, entry.seq) };
	if (grown.detached) return keepApart(grown, entry, me);
	const ahead = [...grown.ahead, entry].sort((a, b) => a.seq - b.seq);
	return absorb({ ...grown, ahead }, me);
}

/** What was said is the line of the list, and who said it is not typing any longer. */
function noteNewest(conversation: Conversation, entry: Message): Conversation {
	if (isMark(entry.content)) return conversation;
	const typing = new Map(conversation.typing);
	typing.delete(entry.from);
	return {
		...conversation,
		newest: entry,
		typing: typing.size < conversation.typing.size ? typing : conversation.typing,
	};
}

/** Our own message moves our read mark; another's is unread until we have read it. Marks count as nothing. */
function noteReading(conversation: Conversation, entry: Message, me: string): Conversation {
	if (!isSaid(entry) || entry.seq <= conversation.readSeq) return conversation;
	if (entry.from === me) return read({ ...conversation, lastSeq: entry.seq }, entry.seq, me);
	const mentions = conversation.mentions + Number(names(conversation, entry, me));
	return { ...conversation, unread: conversation.unread + 1, mentions };
}

/** Whether a message is meant for us: it names us or everybody, or answers us. */
export function names(conversation: Conversation, { mentions, reply }: Message, me: string): boolean {
	if (mentions.includes(me) || mentions.includes("all")) return true;
	return reply !== null && findMessage(conversation, reply)?.from === me;
}

/** The window is elsewhere: the entry changes what is held, and an answer in a thread is held beside. */
function keepApart(conversation: Conversation, entry: Message, me: string): Conversation {
	const aside =
		entry.thread !== null && findMessage(conversation, entry.thread)
			? new Map(conversation.aside).set(entry.seq, entry)
			: conversation.aside;
	const ahead = isMark(entry.content) ? [...conversation.ahead, entry].slice(-MAX_WAITING_MARKS) : conversation.ahead;
	return settle({ ...conversation, aside, ahead }, [entry], me);
}

/** Move what waits in `ahead` into the window as far as it joins on. */
function absorb(conversation: Conversation, me: string): Conversation {
	let { upto } = conversation;
	const joined: Message[] = [];
	const ahead = conversation.ahead.filter((entry) => {
		if (entry.seq > upto + 1) return true;
		if (entry.seq === upto + 1) {
			joined.push(entry);
			upto = entry.seq;
		}
		return false;
	});
	const grown = { ...conversation, messages: [...conversation.messages, ...joined], upto, ahead };
	return settle(grown, joined, me);
}

/** Let entries do to the messages that are held what they say; what a message knows already is passed over. */
function settle(conversation: Conversation, entries: readonly Message[], me: string): Conversation {
	const changed = new Map<number, Message>();
	const marks = new Map(conversation.marks);
	for (const entry of entries)
		for (const seq of touchedBy(entry)) {
			const message = changed.get(seq) ?? findMessage(conversation, seq) ?? waitingOrNewest(conversation, seq);
			const before = marks.get(seq) ?? marksAsOf(seq);
			if (!message || before.asOf >= entry.seq) continue;
			marks.set(seq, marked(before, message, entry, me));
			changed.set(seq, rewritten(message, entry));
		}
	return changed.size === 0 ? conversation : replace({ ...conversation, marks }, changed);
}

function waitingOrNewest({ ahead, newest }: Conversation, seq: number): Message | null {
	return ahead.find((message) => message.seq === seq) ?? (newest?.seq === seq ? newest : null);
}

/** Put changed messages in the place of those that are held. */
function replace(conversation: Conversation, changed: ReadonlyMap<number, Message>): Conversation {
	const swap = (message: Message) => changed.get(message.seq) ?? message;
	const { newest, pins } = conversation;
	return {
		...conversation,
		messages: conversation.messages.map(swap),
		ahead: conversation.ahead.map(swap),
		aside: new Map([...conversation.aside].map(([seq, message]) => [seq, swap(message)])),
		newest: newest && swap(newest),
		pins: pins.map((pin) => ({ ...pin, message: swap(pin.message) })),
	};
}

/** Append a page that was asked for with `after: upto`. A page that is not full reaches the head. */
export function withNewer(conversation: Conversation, page: HistoryPage, limit: number, me: string): Conversation {
	const fresh = page.messages.filter(({ seq }) => seq > conversation.upto);
	const last = fresh.at(-1)?.seq ?? conversation.upto;
	const ends = page.messages.length < limit;
	const upto = ends ? Math.max(last, page.lastSeq) : last;
	const stuck = !conversation.detached && upto === conversation.upto; // the history does not know what we wait for
	const grown = {
		...conversation,
		messages: [...conversation.messages, ...fresh],
		upto,
		detached: conversation.detached && !ends,
	};
	return dropStamped(stuck ? giveUpGap(grown) : joinPage(grown, page, me), fresh);
}

/** Never ask in a circle. */
function giveUpGap(conversation: Conversation): Conversation {
	const messages = [...conversation.messages, ...conversation.ahead];
	return { ...conversation, messages, ahead: [], upto: Math.max(conversation.upto, conversation.lastSeq) };
}

/** Put a page in front that was asked for with `before` the first message. An empty page is the beginning. */
export function withOlder(conversation: Conversation, page: HistoryPage, me: string): Conversation {
	const first = firstHeld(conversation);
	const older = page.messages.filter(({ seq }) => seq < first);
	const firstSeq = older.length > 0 ? page.firstSeq : first;
	const grown = { ...conversation, messages: [...older, ...conversation.messages], firstSeq };
	return dropStamped(joinPage(grown, page, me), older);
}

/** Replace the window by the newest page: cheaper than a large gap. */
export function withNewest(conversation: Conversation, page: HistoryPage, me: string): Conversation {
	const { messages, firstSeq, lastSeq } = page;
	const upto = Math.max(lastSeq, messages.at(-1)?.seq ?? 0);
	const fresh = {
		...reset(conversation, upto),
		ahead: conversation.ahead,
		aside: conversation.aside,
		messages,
		firstSeq,
	};
	return dropStamped(joinPage({ ...fresh, pins: conversation.pins }, page, me), messages);
}

/** Replace the window by a page from somewhere in the log. */
export function withMiddle(conversation: Conversation, page: HistoryPage, me: string): Conversation {
	const last = page.messages.at(-1)?.seq ?? page.lastSeq;
	if (last >= page.lastSeq) return withNewest(conversation, page, me);
	const { pins, aside } = conversation;
	const ahead = conversation.ahead.filter(({ content }) => isMark(content));
	const fresh = { ...reset(conversation, last), pins, aside, ahead, messages: page.messages, firstSeq: page.firstSeq };
	return joinPage({ ...fresh, detached: true }, page, me);
}

/** Hold a page of a thread beside the window. */
export function withThread(conversation: Conversation, page: HistoryPage, me: string): Conversation {
	const aside = new Map(conversation.aside);
	for (const message of page.messages) aside.set(message.seq, message);
	return joinPage({ ...conversation, aside }, page, me);
}

/** One message as the server has it now; `asOf`: the newest entry that we knew when we asked. */
export function withOne(conversation: Conversation, one: OneMessage, asOf: number, me: string): Conversation {
	const { seq } = one.message;
	const marks = new Map(conversation.marks).set(seq, marksAsOf(asOf, one.marks));
	const aside = new Map(conversation.aside);
	if (!holds(conversation, seq)) aside.set(seq, one.message);
	if (one.origin && !holds(conversation, one.origin.seq)) aside.set(one.origin.seq, one.origin);
	return resettle(replace({ ...conversation, marks, aside }, new Map([[seq, one.message]])), me);
}

export function withPins(conversation: Conversation, pins: readonly Pinned[]): Conversation {
	return { ...conversation, pins };
}

/** We have deleted messages for ourselves. */
export function hide(conversation: Conversation, seqs: readonly number[]): Conversation {
	const found = seqs.flatMap((seq) => findMessage(conversation, seq) ?? waitingOrNewest(conversation, seq) ?? []);
	const hidden = new Map(found.map((message) => [message.seq, emptied(message, null, true)]));
	return hidden.size === 0 ? conversation : replace(conversation, hidden);
}

/** Take over what a page says beside its messages; then the entries that are newer than the page do their work. */
function joinPage(conversation: Conversation, page: HistoryPage, me: string): Conversation {
	const marks = new Map(conversation.marks);
	const aside = new Map(conversation.aside);
	const told = [...page.messages, ...page.origins].filter(
		({ seq, content }) => !isMark(content) && (marks.get(seq)?.asOf ?? 0) < page.lastSeq,
	);
	for (const { seq } of told) marks.set(seq, marksAsOf(page.lastSeq, page.marks.get(seq)));
	for (const origin of page.origins) if (!holds(conversation, origin.seq)) aside.set(origin.seq, origin);
	const known = {
		...conversation,
		marks,
		aside,
		lastSeq: Math.max(conversation.lastSeq, page.lastSeq),
		peerReadSeq: Math.max(conversation.peerReadSeq, page.peerReadSeq ?? 0),
		peerDeliveredSeq: Math.max(conversation.peerDeliveredSeq, page.peerDeliveredSeq ?? 0),
	};
	const settled = resettle(replace(known, new Map(told.map((message) => [message.seq, message]))), me);
	return settled.detached ? settled : absorb(settled, me);
}

/** What the entries that we hold say of messages whose state came from the server. */
function resettle(conversation: Conversation, me: string): Conversation {
	const entries = [...conversation.messages, ...conversation.ahead].filter((entry) => touchedBy(entry).length > 0);
	return settle(conversation, entries, me);
}

/** A message with a stamp is pending no more; message ids are unique per sender, and pending ones are all ours. */
function dropStamped(conversation: Conversation, stamped: readonly Message[]): Conversation {
	const ids = new Set(stamped.map(({ id }) => id));
	const pending = conversation.pending.filter(({ id }) => !ids.has(id));
	const streams = stamped.reduce((left, { from, id }) => withoutStream(left, from, id), conversation.streams);
	const same = pending.length === conversation.pending.length && streams === conversation.streams;
	return same ? conversation : { ...conversation, pending, streams };
}
