/**
 * One conversation as this page holds it: a window on the log, and what we want to say in it.
 *
 * The window is complete from its first message to `upto`. What arrives beyond a gap waits in `ahead` until the
 * history has filled the gap. All functions are pure.
 */

import type { Head, HistoryPage } from "../contract/api";
import type { Message } from "../contract/envelope";
import { type ConversationKey, nameOf } from "../contract/topics";

/** A message of ours that has no stamp yet. */
export interface Pending {
	readonly id: string;
	readonly body: string;
	readonly at: number;
	/** Why the exchange refused it; null while it is on its way. */
	readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface Conversation {
	readonly key: ConversationKey;
	readonly title: string;
	readonly messages: readonly Message[];
	readonly upto: number;
	readonly ahead: readonly Message[];
	/** The lowest seq that we may see; null until a page of history told. */
	readonly firstSeq: number | null;
	readonly lastSeq: number;
	readonly readSeq: number;
	readonly peerReadSeq: number;
	readonly unread: number;
	readonly mutedUntil: number | null;
	readonly pending: readonly Pending[];
	/** Who is typing, and until when that holds. */
	readonly typing: ReadonlyMap<string, number>;
}

export function emptyConversation(key: ConversationKey, title = nameOf(key)): Conversation {
	return {
		key,
		title,
		messages: [],
		upto: 0,
		ahead: [],
		firstSeq: null,
		lastSeq: 0,
		readSeq: 0,
		peerReadSeq: 0,
		unread: 0,
		mutedUntil: null,
		pending: [],
		typing: new Map(),
	};
}

/** Start the window anew at the head: the newest message is all that is held. */
export function startAtHead(conversation: Conversation, head: Head): Conversation {
	const messages = head.lastMessage ? [head.lastMessage] : [];
	const fresh = { ...conversation, messages, upto: head.lastSeq, ahead: [], firstSeq: null };
	return dropStamped(withHead(fresh, head), messages);
}

/** Take over what a head says; the window stays, so a head beyond `upto` leaves a gap. */
export function withHead(conversation: Conversation, head: Head): Conversation {
	const stale = head.lastSeq < conversation.lastSeq || head.readSeq < conversation.readSeq;
	return {
		...conversation,
		title: head.title,
		lastSeq: Math.max(conversation.lastSeq, head.lastSeq),
		readSeq: Math.max(conversation.readSeq, head.readSeq),
		unread: stale ? conversation.unread : head.unread,
		mutedUntil: head.mutedUntil,
	};
}

/** Whether its owner wants to hear nothing of it now: no count, no sound. */
export function isMuted({ mutedUntil }: Conversation, nowMs: number): boolean {
	return mutedUntil !== null && mutedUntil > nowMs;
}

export function hasGap(conversation: Conversation): boolean {
	return conversation.lastSeq > conversation.upto;
}

/** Whether the history has messages above the window that were not loaded. */
export function hasOlder(conversation: Conversation): boolean {
	const first = conversation.messages[0]?.seq ?? conversation.upto + 1;
	return first > (conversation.firstSeq ?? 1);
}

/** A stamped message arrived live. One that is known already only clears its pending twin. */
export function receive(conversation: Conversation, message: Message, me: string): Conversation {
	const known = message.seq <= conversation.upto || conversation.ahead.some(({ seq }) => seq === message.seq);
	const rest = dropStamped(conversation, [message]);
	if (known) return rest;
	const ahead = [...rest.ahead, message].sort((a, b) => a.seq - b.seq);
	const lastSeq = Math.max(rest.lastSeq, message.seq);
	return noteReading(absorb({ ...rest, ahead, lastSeq, typing: without(rest.typing, message.from) }), message, me);
}

/** Our own message moves our read mark; another's is unread until we have read it. */
function noteReading(conversation: Conversation, message: Message, me: string): Conversation {
	if (message.from === me) return read(conversation, message.seq, me);
	if (message.seq <= conversation.readSeq) return conversation;
	return { ...conversation, unread: conversation.unread + 1 };
}

/** Move what waits in `ahead` into the window as far as it joins on. */
function absorb(conversation: Conversation): Conversation {
	let { upto } = conversation;
	const joined: Message[] = [];
	const ahead = conversation.ahead.filter((message) => {
		if (message.seq > upto + 1) return true;
		if (message.seq === upto + 1) {
			joined.push(message);
			upto = message.seq;
		}
		return false;
	});
	return { ...conversation, messages: [...conversation.messages, ...joined], upto, ahead };
}

/** Append a page that was asked for with `after: upto`. A page that is not full reaches the head. */
export function withNewer(conversation: Conversation, page: HistoryPage, limit: number): Conversation {
	const fresh = page.messages.filter(({ seq }) => seq > conversation.upto);
	const last = fresh.at(-1)?.seq ?? conversation.upto;
	const upto = page.messages.length < limit ? Math.max(last, page.lastSeq) : last;
	const stuck = upto === conversation.upto; // the history does not know what we wait for: never ask in a circle
	const grown = { ...conversation, messages: [...conversation.messages, ...fresh], upto };
	return dropStamped(stuck ? giveUpGap(grown) : absorb(withMarks(grown, page)), fresh);
}

function giveUpGap(conversation: Conversation): Conversation {
	const messages = [...conversation.messages, ...conversation.ahead];
	return { ...conversation, messages, ahead: [], upto: Math.max(conversation.upto, conversation.lastSeq) };
}

/** Put a page in front that was asked for with `before` the first message. An empty page is the beginning. */
export function withOlder(conversation: Conversation, page: HistoryPage): Conversation {
	const first = conversation.messages[0]?.seq ?? conversation.upto + 1;
	const older = page.messages.filter(({ seq }) => seq < first);
	const firstSeq = older.length > 0 ? page.firstSeq : first;
	const grown = { ...conversation, messages: [...older, ...conversation.messages], firstSeq };
	return dropStamped(withMarks(grown, page), older);
}

/** Replace the window by the newest page: cheaper than a large gap. */
export function withNewest(conversation: Conversation, page: HistoryPage): Conversation {
	const { messages, firstSeq, lastSeq } = page;
	const upto = Math.max(lastSeq, messages.at(-1)?.seq ?? 0);
	return dropStamped(absorb(withMarks({ ...conversation, messages, firstSeq, upto }, page)), messages);
}

function withMarks(conversation: Conversation, page: HistoryPage): Conversation {
	return {
		...conversation,
		lastSeq: Math.max(conversation.lastSeq, page.lastSeq),
		peerReadSeq: Math.max(conversation.peerReadSeq, page.peerReadSeq ?? 0),
	};
}

/** Forget the oldest of a window that grew long while its end was in view. */
export function trim(conversation: Conversation, keep: number): Conversation {
	if (conversation.messages.length <= keep) return conversation;
	return { ...conversation, messages: conversation.messages.slice(-keep) };
}

/** We have read up to `seq`, here or on another device. */
export function read(conversation: Conversation, seq: number, me: string): Conversation {
	if (seq <= conversation.readSeq) return conversation;
	const unread = conversation.messages.filter((message) => message.seq > seq && message.from !== me).length;
	return {
		...conversation,
		readSeq: seq,
		unread: seq >= conversation.lastSeq ? 0 : unread + conversation.ahead.length,
	};
}

/** The peer has read up to `seq`. */
export function readByPeer(conversation: Conversation, seq: number): Conversation {
	return { ...conversation, peerReadSeq: Math.max(conversation.peerReadSeq, seq) };
}

export function addPending(conversation: Conversation, pending: Pending): Conversation {
	const others = conversation.pending.filter(({ id }) => id !== pending.id);
	return { ...conversation, pending: [...others, pending] };
}

export function failPending(conversation: Conversation, id: string, code: string, message: string): Conversation {
	const failure = { code, message };
	return {
		...conversation,
		pending: conversation.pending.map((item) => (item.id === id ? { ...item, failure } : item)),
	};
}

export function removePending(conversation: Conversation, id: string): Conversation {
	return { ...conversation, pending: conversation.pending.filter((item) => item.id !== id) };
}

/** A message with a stamp is pending no more; message ids are unique per sender, and pending ones are all ours. */
function dropStamped(conversation: Conversation, stamped: readonly Message[]): Conversation {
	if (conversation.pending.length === 0) return conversation;
	const ids = new Set(stamped.map(({ id }) => id));
	return { ...conversation, pending: conversation.pending.filter(({ id }) => !ids.has(id)) };
}

export function typing(conversation: Conversation, who: string, untilMs: number): Conversation {
	return { ...conversation, typing: new Map(conversation.typing).set(who, untilMs) };
}

export function expireTyping(conversation: Conversation, nowMs: number): Conversation {
	const live = new Map([...conversation.typing].filter(([, untilMs]) => untilMs > nowMs));
	return live.size === conversation.typing.size ? conversation : { ...conversation, typing: live };
}

function without(names: ReadonlyMap<string, number>, name: string): ReadonlyMap<string, number> {
	if (!names.has(name)) return names;
	const rest = new Map(names);
	rest.delete(name);
	return rest;
}
