/**
 * What the browser keeps of a model, as records on the wire's terms, and a model that begins from them. Pure.
 *
 * A conversation is kept as a page of history that ends where the window ended; coming back, it is that page again. Every
 * record is read as if a stranger had written it: what cannot be read is dropped.
 */

import { type Head, type Me, parseHead, parseMe } from "../contract/api";
import { parseBlock, parseFace, parseFriend, parseFriendRequests } from "../contract/contacts";
import { asObject, type Fields, Malformed, readInteger, readList } from "../contract/decode";
import type { Message } from "../contract/envelope";
import { type GroupDetail, parseGroup, parseGroupDetail } from "../contract/groups";
import { type HistoryPage, type Pinned, parseHistoryPage, parsePinned } from "../contract/history";
import { type ConversationKey, isGroup, nameOf, parseConversationKey } from "../contract/topics";
import { groupDetailToWire, headToWire, messageToWire, pinToWire, requestsToWire, toWire } from "../contract/wire";
import { type Conversation, findMessage } from "./conversation";
import { emptied } from "./marks";
import { changeAll, emptyModel, type Model, withFaces, withFriends, withHeads, withRequests } from "./model";
import { firstHeld, withNewest } from "./window";

export const KEEP_MESSAGES = 100;
export const KEEP_TALKS = 50;
const KEEP_FACES = 1_000;
const DAY_MS = 86_400_000;

/** A window as it was: a page of history, and what is shown around it. */
export interface KeptTalk {
	readonly page: HistoryPage;
	readonly pins: readonly Pinned[];
	readonly detail: GroupDetail | null;
}

export type ListName = "friends" | "requests" | "blocks" | "groups" | "faces" | "heads";

/** The lists of a model, each with what it is made of: who holds the same parts need not write it again. */
const LISTS: Readonly<Record<ListName, { of: keyof Model; record: (model: Model) => unknown }>> = {
	friends: { of: "friends", record: ({ friends }) => friends.map((friend) => toWire(offline(friend))) },
	requests: { of: "requests", record: ({ requests }) => requestsToWire(requests) },
	blocks: { of: "blocks", record: ({ blocks }) => blocks.map(toWire) },
	groups: { of: "groups", record: ({ groups }) => groups.map(toWire) },
	faces: { of: "faces", record: ({ faces }) => [...faces.values()].slice(-KEEP_FACES).map(toWire) },
	heads: { of: "conversations", record: headsRecord },
};

const PARTS: readonly (keyof Conversation)[] = [
	"title",
	"newest",
	"lastSeq",
	"readSeq",
	"unread",
	"mentions",
	"mutedUntil",
	"disappearS",
	"retentionDays",
	"listMarks",
	"draft",
	"draftUnsaved",
];

/** Which lists read otherwise than before. */
export function changedLists(before: Model, now: Model): ListName[] {
	const names = Object.keys(LISTS) as ListName[];
	return names.filter(
		(name) => before[LISTS[name].of] !== now[LISTS[name].of] && (name !== "heads" || moved(before, now)),
	);
}

export function listRecord(model: Model, name: ListName): unknown {
	return LISTS[name].record(model);
}

function moved({ conversations: before }: Model, { conversations: now }: Model): boolean {
	return before.size !== now.size || [...now].some(([key, item]) => differ(before.get(key), item, PARTS));
}

function differ(before: Conversation | undefined, now: Conversation, parts: readonly (keyof Conversation)[]): boolean {
	return before !== now && parts.some((part) => before?.[part] !== now[part]);
}

/** Who was there when the page closed is not there now. */
function offline<F extends Model["friends"][number]>(friend: F): F {
	return { ...friend, presence: { ...friend.presence, state: "offline", text: "" } };
}

function headsRecord(model: Model): unknown {
	const known = [...model.conversations.values()].filter(({ lastSeq, newest }) => lastSeq > 0 || newest !== null);
	return known.map((item) => ({ ...headToWire(headOf(model, item)), draft_unsaved: item.draftUnsaved }));
}

function headOf(model: Model, conversation: Conversation): Head {
	const { key, title, lastSeq, readSeq, unread, mentions, mutedUntil, disappearS, retentionDays, draft } = conversation;
	const deleted = !isGroup(key) && model.faces.get(nameOf(key))?.deleted === true;
	const lastMessage = conversation.newest && atRest(conversation, conversation.newest, model.me.username);
	const told = { key, title, deleted, lastSeq, readSeq, unread, mentions, mutedUntil, lastMessage, draft };
	return { ...told, disappearS, retentionDays, marks: conversation.listMarks };
}

/** A message whose time runs has none left here: nobody would be there to take it away. */
function atRest(conversation: Conversation, message: Message, me: string): Message {
	const { readSeq, peerReadSeq } = conversation;
	const wasRead = message.seq <= (message.from === me ? peerReadSeq : readSeq);
	return message.disappearS !== null && wasRead ? emptied(message, null) : message;
}

/** Whether its window reads otherwise than before; one that only let go of its older part does not. */
export function windowMoved(before: Conversation | undefined, now: Conversation): boolean {
	if (now.detached || now.messages.length === 0) return false;
	const { marks, pins, upto, peerReadSeq, readSeq } = now;
	const same = before?.marks === marks && before.pins === pins && before.upto === upto && before.readSeq === readSeq;
	if (!same || before.peerReadSeq !== peerReadSeq) return true;
	const cut = before.messages.slice(-now.messages.length);
	return cut.length < now.messages.length || cut.some((message, index) => message !== now.messages[index]);
}

export function talkRecord(model: Model, conversation: Conversation): unknown {
	const me = model.me.username;
	const messages = conversation.messages.slice(-KEEP_MESSAGES);
	const origins = originsOf(conversation, messages);
	const shown = [...messages, ...origins];
	const marks = shown.flatMap(({ seq }) => {
		const { asOf: _, stale: __, ...hung } = conversation.marks.get(seq) ?? { asOf: 0, stale: false };
		return Object.keys(hung).length > 0 ? [[seq, toWire(hung)]] : [];
	});
	const detail = isGroup(conversation.key) ? model.details.get(nameOf(conversation.key)) : undefined;
	return {
		messages: messages.map((message) => messageToWire(atRest(conversation, message, me))),
		origins: origins.map((message) => messageToWire(atRest(conversation, message, me))),
		marks: Object.fromEntries(marks),
		first_seq: conversation.firstSeq ?? 1,
		last_seq: conversation.upto,
		peer_read_seq: conversation.peerReadSeq,
		peer_delivered_seq: conversation.peerDeliveredSeq,
		pins: conversation.pins.map(pinToWire),
		detail: detail ? groupDetailToWire(detail) : null,
	};
}

/** What the messages answer and the page itself does not hold. */
function originsOf(conversation: Conversation, messages: readonly Message[]): Message[] {
	const first = messages[0]?.seq ?? 0;
	const answered = new Set(messages.flatMap(({ reply }) => (reply !== null && reply < first ? [reply] : [])));
	return [...answered].flatMap((seq) => findMessage(conversation, seq) ?? []);
}

export function parseTalk(value: unknown): KeptTalk {
	const fields = asObject(value, "kept conversation");
	const page = parseHistoryPage(fields);
	const seqs = page.messages.map(({ seq }) => seq);
	const rises = seqs.every((seq, index) => seq > (seqs[index - 1] ?? 0) && seq <= page.lastSeq);
	if (!rises) throw new Malformed("messages: out of order");
	return {
		page,
		pins: readList(fields, "pins", parsePinned),
		detail: fields.detail ? parseGroupDetail(fields.detail) : null,
	};
}

/** Put a window back where it was; what came since waits behind it. One that reaches as far up stays. */
export function withTalk(
	conversation: Conversation,
	{ page, pins }: KeptTalk,
	me: string,
	nowMs: number,
): Conversation {
	const { retentionDays } = conversation;
	const oldest = retentionDays === null ? 0 : nowMs - retentionDays * DAY_MS;
	const messages = page.messages.filter(({ at }) => at >= oldest);
	const first = messages[0]?.seq;
	if (first === undefined || conversation.detached || firstHeld(conversation) <= first) return conversation;
	const ahead = [...conversation.messages, ...conversation.ahead].filter(({ seq }) => seq > page.lastSeq);
	const began = withNewest({ ...conversation, ahead }, { ...page, messages }, me);
	return conversation.pins.length > 0 ? began : { ...began, pins };
}

/** How far the kept window of each conversation reaches. */
export type KeptTalks = ReadonlyMap<ConversationKey, number>;

export function parseTalks(value: unknown): KeptTalks {
	if (value === undefined) return new Map();
	const fields = asObject(value, "kept conversations");
	return new Map(Object.keys(fields).map((key) => [parseConversationKey(key), readInteger(fields, key)]));
}

/** A model from what was kept; null where it is too little to show. */
export function modelOf(account: unknown, lists: ReadonlyMap<string, unknown>): Model | null {
	const me = attempt(() => parseMe(toWire(asObject(account).me)), null);
	const heads = attempt(() => parseItems(lists.get("heads"), parseHead), null);
	if (me === null || heads === null) return null;
	return Object.entries(READERS).reduce(
		(model, [name, read]) => {
			const record = lists.get(name);
			return record === undefined ? model : attempt(() => read(model, record), model);
		},
		begun(me, heads, lists.get("heads")),
	);
}

function begun(me: Me, heads: readonly Head[], record: unknown): Model {
	const unsaved = new Set(
		(record as Fields[]).flatMap(({ key, draft_unsaved }) => (draft_unsaved === true ? [key] : [])),
	);
	const model = { ...withHeads(emptyModel(me), heads, null), loaded: false };
	return changeAll(model, (item) => (unsaved.has(item.key) ? { ...item, draftUnsaved: true } : item));
}

/** Faces come last: the lists before them know less of people. */
const READERS: Readonly<Record<string, (model: Model, record: unknown) => Model>> = {
	friends: (model, record) => withFriends(model, parseItems(record, parseFriend)),
	requests: (model, record) => withRequests(model, parseFriendRequests(record)),
	blocks: (model, record) => ({ ...model, blocks: parseItems(record, parseBlock) }),
	groups: (model, record) => ({ ...model, groups: parseItems(record, parseGroup) }),
	faces: (model, record) => withFaces(model, parseItems(record, parseFace)),
};

/** Those of a list that can be read. */
function parseItems<T>(record: unknown, parse: (item: unknown) => T): readonly T[] {
	if (!Array.isArray(record)) throw new Malformed("not a list");
	return record.flatMap((item) => attempt(() => [parse(item)], []));
}

function attempt<T>(run: () => T, otherwise: T): T {
	try {
		return run();
	} catch (error) {
		if (error instanceof Malformed) return otherwise;
		throw error;
	}
}
