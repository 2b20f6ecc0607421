/** One conversation as this page holds it: a window on the log (window.ts), and what we want to say in it. Pure. */

import type { Head, ListMark, SavedDraft } from "../contract/api";
import type { Message } from "../contract/envelope";
import type { Pinned } from "../contract/history";
import type { Card } from "../contract/signals";
import { type ConversationKey, nameOf } from "../contract/topics";
import { isSaid, type MarksAsOf } from "./marks";
import type { Pending } from "./outbox";
import type { Stream } from "./streams";

export interface Conversation {
	readonly key: ConversationKey;
	readonly title: string;
	/** The window: every entry of the log from its first message to `upto`, marks too. */
	readonly messages: readonly Message[];
	readonly upto: number;
	/** What arrived beyond a gap; it waits until the history has filled the gap. */
	readonly ahead: readonly Message[];
	/** Whether the window ends before the newest message on purpose: what comes is not to be joined on. */
	readonly detached: boolean;
	/** What is shown though it lies outside the window: origins of answers, threads, pinned messages. */
	readonly aside: ReadonlyMap<number, Message>;
	readonly marks: ReadonlyMap<number, MarksAsOf>;
	readonly pins: readonly Pinned[];
	readonly cards: readonly Card[];
	readonly streams: readonly Stream[];
	/** The newest message that stands as a row. */
	readonly newest: Message | null;
	/** The lowest seq that we may see; null until a page of history told. */
	readonly firstSeq: number | null;
	readonly lastSeq: number;
	readonly readSeq: number;
	readonly peerReadSeq: number;
	readonly peerDeliveredSeq: number;
	readonly unread: number;
	/** Unread messages that name us. */
	readonly mentions: number;
	readonly mutedUntil: number | null;
	readonly disappearS: number | null;
	readonly retentionDays: number | null;
	/** How it stands in our list, as the server knows it. */
	readonly listMarks: readonly ListMark[];
	readonly pending: readonly Pending[];
	/** Who is writing or speaking. */
	readonly typing: ReadonlyMap<string, Typing>;
	readonly draft: SavedDraft | null;
	/** Whether what is being written here is ahead of what the server has. */
	readonly draftUnsaved: boolean;
}

export interface Typing {
	readonly what: "typing" | "recording";
	/** It holds until then. */
	readonly untilMs: number;
}

const NO_LIST_MARKS: readonly ListMark[] = [];

export function emptyConversation(key: ConversationKey, title = nameOf(key)): Conversation {
	return {
		key,
		title,
		messages: [],
		upto: 0,
		ahead: [],
		detached: false,
		aside: new Map(),
		marks: new Map(),
		pins: [],
		cards: [],
		streams: [],
		newest: null,
		firstSeq: null,
		lastSeq: 0,
		readSeq: 0,
		peerReadSeq: 0,
		peerDeliveredSeq: 0,
		unread: 0,
		mentions: 0,
		mutedUntil: null,
		disappearS: null,
		retentionDays: null,
		listMarks: NO_LIST_MARKS,
		pending: [],
		typing: new Map(),
		draft: null,
		draftUnsaved: false,
	};
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
		mentions: stale ? conversation.mentions : head.mentions,
		newest: stale ? conversation.newest : (head.lastMessage ?? conversation.newest),
		mutedUntil: head.mutedUntil,
		disappearS: head.disappearS,
		retentionDays: head.retentionDays,
		listMarks: marksOf(conversation, head),
		draft: conversation.draftUnsaved ? conversation.draft : head.draft,
	};
}

/** The same value while they are the same, so that nothing is written anew; reading takes `unread` back. */
function marksOf({ listMarks, readSeq }: Conversation, head: Head): readonly ListMark[] {
	const marks = head.readSeq < readSeq ? head.marks.filter((mark) => mark !== "unread") : head.marks;
	return String(marks) === String(listMarks) ? listMarks : marks;
}

/** Whether its owner wants to hear nothing of it now: no count, no sound. */
export function isMuted({ mutedUntil }: Conversation, nowMs: number): boolean {
	return mutedUntil !== null && mutedUntil > nowMs;
}

/** We have read up to `seq`, here or on another device. */
export function read(conversation: Conversation, seq: number, me: string): Conversation {
	if (seq <= conversation.readSeq) return conversation;
	const listMarks = conversation.listMarks.filter((mark) => mark !== "unread");
	if (seq >= conversation.lastSeq) return { ...conversation, readSeq: seq, listMarks, unread: 0, mentions: 0 };
	const left = [...conversation.messages, ...conversation.ahead].filter(
		(message) => message.seq > seq && message.from !== me && isSaid(message),
	);
	const mentions = Math.min(conversation.mentions, left.length);
	return { ...conversation, readSeq: seq, listMarks, unread: left.length, mentions };
}

/** The peer has read up to `seq`, or a device of theirs has received up to it. */
export function readByPeer(conversation: Conversation, seq: number): Conversation {
	return { ...conversation, peerReadSeq: Math.max(conversation.peerReadSeq, seq) };
}

export function deliveredToPeer(conversation: Conversation, seq: number): Conversation {
	return { ...conversation, peerDeliveredSeq: Math.max(conversation.peerDeliveredSeq, seq) };
}

/** The newest entry worth a read mark: who has read all words has nothing to tell of a sign below them. */
export function newestSaid({ newest, lastSeq }: Conversation): number {
	return newest?.seq ?? lastSeq;
}

/** Find a message that is held, in the window or aside. */
export function findMessage({ messages, aside }: Conversation, seq: number): Message | null {
	return messages.find((message) => message.seq === seq) ?? aside.get(seq) ?? null;
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

export function typing(
	conversation: Conversation,
	who: string,
	untilMs: number,
	what: Typing["what"] = "typing",
): Conversation {
	return { ...conversation, typing: new Map(conversation.typing).set(who, { what, untilMs }) };
}

export function expireTyping(conversation: Conversation, nowMs: number): Conversation {
	const live = new Map([...conversation.typing].filter(([, { untilMs }]) => untilMs > nowMs));
	return live.size === conversation.typing.size ? conversation : { ...conversation, typing: live };
}
