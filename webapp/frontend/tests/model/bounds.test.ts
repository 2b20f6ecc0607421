import { expect, test } from "vitest";
import { type Message, parseMessage } from "../../src/contract/envelope";
import { type HistoryPage, NO_MARKS } from "../../src/contract/history";
import { heldAround, trim } from "../../src/model/bounds";
import { type Conversation, emptyConversation, findMessage } from "../../src/model/conversation";
import { hasOlder, receive, withNewer, withNewest, withThread } from "../../src/model/window";

const ME = "ann";

function entry(seq: number, fields: Record<string, unknown> = {}): Message {
	const said = { kind: "text", body: `w${seq}` };
	return parseMessage({ id: `m${seq}`, from: "bob", to: "group/lab", seq, at: 1_000 + seq, ...said, ...fields });
}

function page(messages: readonly Message[], lastSeq: number): HistoryPage {
	const bounds = { firstSeq: 1, lastSeq, peerReadSeq: null, peerDeliveredSeq: null };
	return { messages, marks: new Map(), origins: [], ...bounds };
}

function entries(first: number, last: number): Message[] {
	return Array.from({ length: last - first + 1 }, (_, index) => entry(first + index));
}

function window(messages: readonly Message[], lastSeq = messages.at(-1)?.seq ?? 0): Conversation {
	return withNewest(emptyConversation("group/lab"), page(messages, lastSeq), ME);
}

function seqs({ messages }: Conversation): number[] {
	return messages.map(({ seq }) => seq);
}

test("what is far below the view is let go, and the window is in the middle of the log then", () => {
	const held = heldAround(window(entries(1, 10)), { first: 2, last: 4 }, 6);
	expect(seqs(held)).toEqual([1, 2, 3, 4, 5, 6]);
	expect(held).toMatchObject({ upto: 6, detached: true, lastSeq: 10 });
});

test("what is far above the view is let go, and can be loaded again", () => {
	const held = heldAround(window(entries(1, 10)), { first: 8, last: 9 }, 6);
	expect(seqs(held)).toEqual([5, 6, 7, 8, 9, 10]);
	expect(held.detached).toBe(false);
	expect(hasOlder(held)).toBe(true);
});

test("what is in view stays, however much that is", () => {
	expect(seqs(heldAround(window(entries(1, 10)), { first: 1, last: 9 }, 3))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
	const whole = window(entries(1, 10));
	expect(heldAround(whole, { first: 1, last: 10 }, 3)).toBe(whole);
	expect(heldAround(whole, { first: 5, last: 5 }, 10)).toBe(whole);
});

test("pages below bring a window back to the end that had let go of it", () => {
	const held = heldAround(window(entries(1, 10)), { first: 1, last: 2 }, 4);
	const more = receive(held, entry(11), ME);
	expect(seqs(more)).toEqual([1, 2, 3, 4]);
	expect(more).toMatchObject({ lastSeq: 11, unread: 11 - 10 });
	const joined = withNewer(more, page(entries(5, 11), 11), 50, ME);
	expect(seqs(joined)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
	expect(joined.detached).toBe(false);
});

test("an edit that waits for its place is not lost when the end is let go", () => {
	const grown = receive(window(entries(1, 10)), entry(12, { kind: "edit", of: 9, body: "new" }), ME);
	const held = heldAround(grown, { first: 1, last: 2 }, 4);
	const back = withNewer(held, page(entries(5, 11), 11), 50, ME);
	expect(findMessage(back, 9)?.body).toBe("new");
});

test("what is answered by a message that stays is held beside the window, and what nobody asks for is not", () => {
	const messages = [...entries(1, 8), entry(9, { reply: 2 }), entry(10)];
	const held = trim(window(messages), 4);
	expect([...held.aside.keys()]).toEqual([2]);
	expect(findMessage(held, 2)?.body).toBe("w2");
	expect([...trim(held, 1).aside.keys()]).toEqual([]);
});

test("an open thread keeps its answers and the message that they hang on", () => {
	const messages = [...entries(1, 6), entry(7, { thread: 3 }), ...entries(8, 10)];
	const open = withThread(window(messages), page([entry(7, { thread: 3 })], 10), ME);
	expect([...trim(open, 2).aside.keys()].sort()).toEqual([3, 7]);
});

test("marks go with the messages that they hang on", () => {
	const messages = entries(1, 10);
	const all = { ...page(messages, 10), marks: new Map(messages.map(({ seq }) => [seq, NO_MARKS])) };
	const held = trim(withNewest(emptyConversation("group/lab"), all, ME), 3);
	expect([...held.marks.keys()].sort((a, b) => a - b)).toEqual([8, 9, 10]);
});

test("a window that is short enough stays as it is", () => {
	const short = window(entries(1, 3));
	expect(trim(short, 3)).toBe(short);
});
