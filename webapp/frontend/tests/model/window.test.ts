import { expect, test } from "vitest";
import type { Fields } from "../../src/contract/decode";
import { type Message, parseMessage } from "../../src/contract/envelope";
import { type HistoryPage, type Marks, NO_MARKS } from "../../src/contract/history";
import { addPending, type Conversation, emptyConversation, findMessage, read } from "../../src/model/conversation";
import {
	hasGap,
	hide,
	receive,
	withMiddle,
	withNewer,
	withNewest,
	withOlder,
	withOne,
	withThread,
} from "../../src/model/window";

const ME = "ann";

function entry(seq: number, from: string, fields: Fields = { kind: "text", body: `w${seq}` }): Message {
	return parseMessage({ id: `m${seq}`, from, to: "group/lab", seq, at: 1_000 + seq, ...fields });
}

function page(messages: readonly Message[], lastSeq: number, marks: [number, Partial<Marks>][] = []): HistoryPage {
	const hung = new Map(marks.map(([seq, some]) => [seq, { ...NO_MARKS, ...some }]));
	const bounds = { firstSeq: 1, lastSeq, peerReadSeq: null, peerDeliveredSeq: null };
	return { messages, marks: hung, origins: [], ...bounds };
}

function live(conversation: Conversation, ...entries: readonly Message[]): Conversation {
	return entries.reduce((now, item) => receive(now, item, ME), conversation);
}

function said(conversation: Conversation, seq: number): string | undefined {
	return findMessage(conversation, seq)?.body;
}

const LAB = emptyConversation("group/lab");
const POLL = { kind: "poll", body: "tea?", options: ["yes", "no"] };
const THUMB = { kind: "reaction", of: 1, emoji: "👍" };

test("an edit gives a message other words and says when", () => {
	const now = live(LAB, entry(1, "bob"), entry(2, "bob", { kind: "edit", of: 1, body: "better", mentions: ["ann"] }));
	expect(findMessage(now, 1)).toMatchObject({ body: "better", edited: 1_002, mentions: ["ann"] });
	expect(now.newest).toMatchObject({ seq: 1, body: "better" });
});

test.each([
	["taken back by its sender", { kind: "recall", of: 1 }, "bob"],
	["erased when its time was over", { kind: "erase", of: [1] }, null],
])("of a message that was %s nothing is left but its place", (_why, fields, by) => {
	const now = live(LAB, entry(1, "bob"), entry(2, "eve", THUMB), entry(3, "bob", fields));
	expect(findMessage(now, 1)).toMatchObject({ kind: "gone", body: "", content: { kind: "gone", by, hidden: false } });
	expect(now.marks.get(1)?.reactions).toEqual([]);
});

test("signs are counted once a person, and taken away again", () => {
	const one = live(LAB, entry(1, "bob"), entry(2, "eve", THUMB), entry(3, "ann", THUMB), entry(4, "eve", THUMB));
	expect(one.marks.get(1)?.reactions).toEqual([{ emoji: "👍", count: 2, mine: true, who: ["eve", "ann"] }]);
	const two = live(one, entry(5, "ann", { ...THUMB, remove: true }));
	expect(two.marks.get(1)?.reactions).toEqual([{ emoji: "👍", count: 1, mine: false, who: ["eve"] }]);
	const none = live(two, entry(6, "eve", { ...THUMB, remove: true }), entry(7, "eve", { ...THUMB, remove: true }));
	expect(none.marks.get(1)?.reactions).toEqual([]);
});

test("of more signs than have names, another's is asked for", () => {
	const many = { emoji: "👍", count: 25, mine: false, who: Array.from({ length: 20 }, (_, index) => `user${index}`) };
	const held = withNewest(LAB, page([entry(1, "bob")], 1, [[1, { reactions: [many] }]]), ME);
	expect(live(held, entry(2, "eve", THUMB)).marks.get(1)?.stale).toBe(true);
	expect(live(held, entry(2, "ann", THUMB)).marks.get(1)).toMatchObject({ stale: false });
});

test("a pin is set and taken away", () => {
	const pinned = live(LAB, entry(1, "bob"), entry(2, "ann", { kind: "pin", of: 1 }));
	expect(pinned.marks.get(1)?.pinned).toBe(true);
	expect(live(pinned, entry(3, "ann", { kind: "pin", of: 1, remove: true })).marks.get(1)?.pinned).toBe(false);
});

test("votes are counted, changed, taken back, and over when the poll is closed", () => {
	const asked = live(LAB, entry(1, "bob", POLL));
	const voted = live(
		asked,
		entry(2, "ann", { kind: "vote", of: 1, choices: [0] }),
		entry(3, "eve", { kind: "vote", of: 1, choices: [0, 1] }),
	);
	expect(voted.marks.get(1)?.poll).toEqual({ counts: [2, 1], voters: 2, mine: [0], who: [["ann", "eve"], ["eve"]] });
	const back = live(voted, entry(4, "ann", { kind: "vote", of: 1, choices: [] }));
	expect(back.marks.get(1)?.poll).toEqual({ counts: [1, 1], voters: 1, mine: [], who: [["eve"], ["eve"]] });
	expect(findMessage(live(back, entry(5, "bob", { kind: "close", of: 1 })), 1)?.content).toMatchObject({
		closed: 1_005,
	});
});

test("in an anonymous poll another's vote is asked for, and our own is counted", () => {
	const asked = live(LAB, entry(1, "bob", { ...POLL, anonymous: true }));
	const mine = live(asked, entry(2, "ann", { kind: "vote", of: 1, choices: [1] }));
	expect(mine.marks.get(1)).toMatchObject({ stale: false, poll: { counts: [0, 1], voters: 1, mine: [1], who: null } });
	expect(live(mine, entry(3, "eve", { kind: "vote", of: 1 })).marks.get(1)?.stale).toBe(true);
});

test("answers in a thread are counted at the message above", () => {
	const now = live(LAB, entry(1, "bob"), entry(2, "eve", { kind: "text", body: "yes", thread: 1 }));
	expect(now.marks.get(1)?.thread).toEqual({ count: 1, lastSeq: 2 });
});

test("what a page knows already does not count twice, in any order of page and live", () => {
	const messages = [entry(1, "bob"), entry(2, "eve", THUMB)];
	const known: [number, Partial<Marks>][] = [
		[1, { reactions: [{ emoji: "👍", count: 1, mine: false, who: ["eve"] }], thread: { count: 1, lastSeq: 3 } }],
	];
	const answer = entry(3, "eve", { kind: "text", body: "yes", thread: 1 });
	const all = page([...messages, answer], 3, known);
	const pageFirst = live(withNewest(LAB, all, ME), answer);
	const liveFirst = withNewer(live(LAB, ...messages, answer), page([], 3), 50, ME);
	const gapFilled = withNewer(live(LAB, answer), all, 50, ME);
	for (const now of [pageFirst, liveFirst, gapFilled]) {
		expect(now.marks.get(1)).toMatchObject({
			reactions: [{ emoji: "👍", count: 1 }],
			thread: { count: 1, lastSeq: 3 },
		});
	}
});

test("an edit that overtakes the page of the message it changes is not lost", () => {
	const start = { ...LAB, upto: 5, lastSeq: 5 };
	const edited = live(start, entry(6, "bob", { kind: "edit", of: 4, body: "new" }));
	expect(said(withOlder(edited, page([entry(4, "bob"), entry(5, "eve")], 5), ME), 4)).toBe("new");
});

test("a page that is newer than what is held brings the words that hold", () => {
	const held = live(LAB, entry(1, "bob"));
	const rewritten = entry(1, "bob", { kind: "text", body: "new", edited: 1_002 });
	const thread = { ...page([], 2), origins: [rewritten] };
	const now = live(withThread(held, thread, ME), entry(2, "bob", { kind: "edit", of: 1, body: "new" }));
	expect(said(now, 1)).toBe("new");
});

test("marks count as nothing unread and move no read mark; what names us is counted", () => {
	const start = live(LAB, entry(1, "ann"));
	const now = live(
		start,
		entry(2, "bob", THUMB),
		entry(3, "bob", { kind: "text", body: "@ann", mentions: ["ann"] }),
		entry(4, "bob", { kind: "text", body: "yes", reply: 1 }),
		entry(5, "bob", { kind: "text", body: "all", mentions: ["all"] }),
		entry(6, "bob"),
	);
	expect(now).toMatchObject({ unread: 4, mentions: 3, readSeq: 1 });
	expect(live(now, entry(7, "ann", THUMB)).unread).toBe(4);
	expect(live(now, entry(7, "ann"))).toMatchObject({ unread: 0, mentions: 0, readSeq: 7 });
	expect(read(now, 5, ME)).toMatchObject({ unread: 1, mentions: 1 });
});

test("a message that we deleted for ourselves is hidden wherever it is held", () => {
	const now = hide(live(LAB, entry(1, "bob"), entry(2, "bob")), [2, 9]);
	expect(findMessage(now, 2)?.content).toEqual({ kind: "gone", by: null, hidden: true });
	expect(now.newest?.content).toMatchObject({ hidden: true });
	expect(said(now, 1)).toBe("w1");
});

test("in the middle of the log what arrives changes what is held, and is not joined on", () => {
	const middle = withMiddle(LAB, page([entry(10, "bob"), entry(11, "eve")], 90), ME);
	expect(middle).toMatchObject({ detached: true, upto: 11, lastSeq: 90 });
	expect(hasGap(middle)).toBe(false);
	const now = live(middle, entry(91, "eve"), entry(92, "bob", { kind: "edit", of: 10, body: "new" }));
	expect(now.messages.map(({ seq }) => seq)).toEqual([10, 11]);
	expect(said(now, 10)).toBe("new");
	expect(now).toMatchObject({ unread: 1, lastSeq: 92, newest: { seq: 91 } });
});

test("pages below lead from the middle back to the end, where messages join on again", () => {
	const middle = withMiddle(LAB, page([entry(1, "bob"), entry(2, "bob")], 5), ME);
	const further = withNewer(middle, page([entry(3, "bob"), entry(4, "bob")], 5), 2, ME);
	expect(further).toMatchObject({ detached: true, upto: 4 });
	const end = withNewer(further, page([entry(5, "bob")], 5), 2, ME);
	expect(end).toMatchObject({ detached: false, upto: 5 });
	expect(live(end, entry(6, "bob")).messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a page from the middle that reaches the end is the end", () => {
	expect(withMiddle(LAB, page([entry(1, "bob"), entry(2, "bob")], 2), ME)).toMatchObject({ detached: false, upto: 2 });
});

test("a mark that came while a page from the middle was on its way is not lost", () => {
	const middle = withMiddle(LAB, page([entry(10, "bob")], 90), ME);
	const now = live(middle, entry(91, "bob", { kind: "edit", of: 12, body: "new" }));
	expect(said(withNewer(now, page([entry(11, "bob"), entry(12, "bob")], 90), 2, ME), 12)).toBe("new");
});

test("one message as the server has it ends what was stale, and later entries still count", () => {
	const held = live(LAB, entry(1, "bob", { ...POLL, anonymous: true }), entry(2, "eve", { kind: "vote", of: 1 }));
	const poll = { counts: [1, 0], voters: 1, mine: [], who: null };
	const one = { message: entry(1, "bob", { ...POLL, anonymous: true }), marks: { ...NO_MARKS, poll }, origin: null };
	const now = withOne(live(held, entry(3, "eve", THUMB)), one, 2, ME);
	expect(now.marks.get(1)).toMatchObject({ stale: false, poll, reactions: [{ emoji: "👍", count: 1 }] });
});

test("a pending message and a growing answer give way to the stamp of the same id", () => {
	const draft = { kind: "text", body: "hi" } as const;
	const pending = addPending(LAB, { id: "m1", draft, files: [], at: 1, failure: null });
	expect(live(pending, entry(1, "ann")).pending).toEqual([]);
	const stream = { from: "bot", id: "m1", start: 0, text: "hel", at: 1, grownAt: 1 };
	const streaming = { ...LAB, streams: [stream, { ...stream, from: "eve" }] };
	expect(live(streaming, entry(1, "bot")).streams.map(({ from }) => from)).toEqual(["eve"]);
});
