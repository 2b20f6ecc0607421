import { expect, test } from "vitest";
import { parseMessage } from "../../src/contract/envelope";
import { type Conversation, emptyConversation } from "../../src/model/conversation";
import { changedLists, listRecord, modelOf, parseTalk, talkRecord, windowMoved, withTalk } from "../../src/model/kept";
import { emptyModel, type Model } from "../../src/model/model";

const ME = { username: "ann", displayName: "Ann", picture: null };
const KEY = "user/bob";
const NOW = 1_790_000_000_000;

function said(seq: number, fields: Record<string, unknown> = {}) {
	const wire = { id: `m${seq}`, kind: "text", body: `${seq}`, from: "bob", to: "user/ann", seq, at: NOW + seq };
	return parseMessage({ ...wire, ...fields });
}

function talk(first: number, last: number, change: Partial<Conversation> = {}): Conversation {
	const messages = Array.from({ length: last - first + 1 }, (_, index) => said(first + index));
	return { ...emptyConversation(KEY), messages, upto: last, lastSeq: last, newest: messages.at(-1) ?? null, ...change };
}

function modelWith(conversation: Conversation): Model {
	return { ...emptyModel(ME), conversations: new Map([[conversation.key, conversation]]) };
}

function kept(conversation: Conversation) {
	return parseTalk(JSON.parse(JSON.stringify(talkRecord(modelWith(conversation), conversation))));
}

function seqs({ messages }: Pick<Conversation, "messages">): number[] {
	return messages.map(({ seq }) => seq);
}

test("of a long window the newest hundred are kept, with what they answer", () => {
	const long = talk(1, 150);
	const messages = [...long.messages.slice(0, -1), said(150, { reply: 3 })];
	const { page } = kept({ ...long, messages });
	expect(page.messages).toHaveLength(100);
	expect(page.messages[0]?.seq).toBe(51);
	expect(page.origins.map(({ seq }) => seq)).toEqual([3]);
	expect(page.lastSeq).toBe(150);
});

test("a window comes back with its marks, as far as it went", () => {
	const marks = new Map([
		[
			2,
			{
				reactions: [{ emoji: "👍", count: 1, mine: true, who: ["ann"] }],
				pinned: true,
				thread: null,
				poll: null,
				asOf: 3,
				stale: false,
			},
		],
	]);
	const back = withTalk({ ...emptyConversation(KEY), upto: 9, lastSeq: 9 }, kept(talk(1, 3, { marks })), "ann", NOW);
	expect(seqs(back)).toEqual([1, 2, 3]);
	expect([back.upto, back.lastSeq]).toEqual([3, 9]);
	expect(back.marks.get(2)).toMatchObject({ pinned: true, reactions: [{ emoji: "👍", count: 1 }] });
});

test("what came since joins on behind it, or waits behind the gap", () => {
	const joined = withTalk(talk(4, 5), kept(talk(1, 3)), "ann", NOW);
	expect([seqs(joined), joined.upto]).toEqual([[1, 2, 3, 4, 5], 5]);
	const apart = withTalk(talk(6, 7), kept(talk(1, 3)), "ann", NOW);
	expect([seqs(apart), apart.upto, apart.ahead.map(({ seq }) => seq)]).toEqual([[1, 2, 3], 3, [6, 7]]);
});

test("a recall that came since empties the message that was kept", () => {
	const recall = said(4, { kind: "recall", of: 2 });
	const back = withTalk(talk(4, 4, { messages: [recall] }), kept(talk(1, 3)), "ann", NOW);
	expect(back.messages.map(({ content }) => content.kind)).toEqual(["text", "gone", "text", "recall"]);
});

test("a window that reaches further up stays, and so does one in the middle of the log", () => {
	const held = talk(1, 5);
	expect(withTalk(held, kept(talk(3, 5)), "ann", NOW)).toBe(held);
	const elsewhere = talk(7, 9, { detached: true, lastSeq: 90 });
	expect(withTalk(elsewhere, kept(talk(1, 5)), "ann", NOW)).toBe(elsewhere);
});

test("what is older than the conversation keeps is not shown", () => {
	const day = 86_400_000;
	const messages = [said(1, { at: NOW - 3 * day }), said(2, { at: NOW - day })];
	const before = { ...emptyConversation(KEY), upto: 2, lastSeq: 2, retentionDays: 2 };
	expect(seqs(withTalk(before, kept(talk(1, 2, { messages })), "ann", NOW))).toEqual([2]);
});

test("what disappears is kept until it was read: afterwards its time runs where nobody watches", () => {
	const messages = [
		said(1, { disappear_s: 60 }),
		said(2, { disappear_s: 60 }),
		said(3, { disappear_s: 60, from: "ann" }),
		said(4, { disappear_s: 60, from: "ann" }),
	];
	const { page } = kept(talk(1, 4, { messages, readSeq: 1, peerReadSeq: 3 }));
	expect(page.messages.map(({ body }) => body)).toEqual(["", "2", "", "4"]);
	expect(page.messages[0]?.content.kind).toBe("gone");
});

test.each([
	["no record", undefined],
	["no messages", { first_seq: 1, last_seq: 1, pins: [] }],
	["out of order", { messages: [wire(2), wire(1)], first_seq: 1, last_seq: 2, pins: [] }],
	["beyond its end", { messages: [wire(2)], first_seq: 1, last_seq: 1, pins: [] }],
	["a message that is none", { messages: [{ seq: 1 }], first_seq: 1, last_seq: 1, pins: [] }],
])("a window that cannot be read is refused: %s", (_, record) => {
	expect(() => parseTalk(record)).toThrow();
});

function wire(seq: number) {
	return { id: `m${seq}`, kind: "text", body: "x", from: "bob", to: "user/ann", seq, at: 1 };
}

test("a window that only let go of its older part need not be written again", () => {
	const before = talk(2, 5);
	expect(windowMoved(before, { ...before, messages: before.messages.slice(2) })).toBe(false);
	expect(windowMoved(before, { ...before, typing: new Map() })).toBe(false);
	expect(windowMoved(before, { ...before, messages: [], upto: 5 })).toBe(false);
	expect(windowMoved(before, { ...before, detached: true, messages: [] })).toBe(false);
	expect(windowMoved(before, talk(2, 6))).toBe(true);
	expect(windowMoved(before, { ...before, messages: [said(1), ...before.messages] })).toBe(true);
});

test("only the lists that changed are written; who types changes none", () => {
	const before = modelWith(talk(1, 2));
	const typing = {
		...talk(1, 2),
		newest: before.conversations.get(KEY)?.newest ?? null,
		typing: new Map([["bob", { what: "typing", untilMs: 1 }]]),
	} as Conversation;
	expect(changedLists(before, modelWith(typing)).filter((name) => name === "heads")).toEqual([]);
	expect(changedLists(before, { ...before, groups: [] })).toEqual(["groups"]);
	expect(changedLists(before, modelWith({ ...typing, unread: 3 }))).toContain("heads");
});

test("a model comes back from its lists; what is wrong in them is left out", () => {
	const conversation = talk(1, 2, {
		title: "Bob",
		unread: 1,
		draft: { body: "well", reply: null },
		draftUnsaved: true,
	});
	const model = modelWith(conversation);
	const lists = new Map<string, unknown>([
		["heads", [...(listRecord(model, "heads") as unknown[]), { key: "room/eve" }]],
		["friends", [{ username: "bob", display_name: "Bob", presence: { state: "online" } }, "nobody"]],
		["groups", "none"],
	]);
	const back = modelOf({ me: ME, at: 1 }, lists);
	expect(back?.me).toEqual(ME);
	expect([...(back?.conversations.keys() ?? [])]).toEqual([KEY]);
	expect(back?.conversations.get(KEY)).toMatchObject({
		unread: 1,
		draft: { body: "well" },
		draftUnsaved: true,
		upto: 2,
	});
	expect(back?.friends.map(({ username }) => username)).toEqual(["bob"]);
	expect([back?.groups, back?.loaded]).toEqual([[], false]);
	expect(modelOf(undefined, lists)).toBeNull();
	expect(modelOf({ me: ME }, new Map())).toBeNull();
});
