import { expect, test } from "vitest";
import { type Message, parseMessage } from "../../src/contract/envelope";
import { parseEvent } from "../../src/contract/groups";
import { addPending, emptyConversation, failPending } from "../../src/model/conversation";
import { type Bubble, speakers, timeline } from "../../src/model/timeline";

const NOON = new Date(2026, 10, 20, 12, 0).getTime();
const MINUTE = 60_000;

function said(seq: number, from: string, at: number): Message {
	return parseMessage({ id: `m${seq}`, kind: "text", body: `${seq}`, from, to: "group/lab", seq, at });
}

function bubbles(messages: Message[]): Bubble[] {
	const rows = timeline({ ...emptyConversation("group/lab"), messages }, "ann");
	return rows.filter((row) => row.type === "bubble");
}

test("messages of one sender within five minutes are one group", () => {
	const rows = bubbles([
		said(1, "bob", NOON),
		said(2, "bob", NOON + MINUTE),
		said(3, "ann", NOON + 2 * MINUTE),
		said(4, "bob", NOON + 3 * MINUTE),
		said(5, "bob", NOON + 9 * MINUTE),
	]);
	expect(rows.map(({ first }) => first)).toEqual([true, false, true, true, true]);
	expect(rows.map(({ last }) => last)).toEqual([false, true, true, true, true]);
});

test("every day begins with its name", () => {
	const day = 24 * 60 * MINUTE;
	const messages = [said(1, "bob", NOON), said(2, "bob", NOON + 1), said(3, "bob", NOON + day)];
	const rows = timeline({ ...emptyConversation("group/lab"), messages }, "ann");
	expect(rows.map(({ type }) => type)).toEqual(["day", "bubble", "bubble", "day", "bubble"]);
});

test("only our own messages show how far they came, and a pending one keeps its row when it is stamped", () => {
	const pending = { id: "m3", body: "3", at: NOON, failure: null };
	const before = addPending(
		{ ...emptyConversation("user/bob"), messages: [said(1, "ann", NOON), said(2, "ann", NOON)], peerReadSeq: 1 },
		pending,
	);
	const rows = timeline(before, "ann").filter((row) => row.type === "bubble");
	expect(rows.map(({ progress }) => progress)).toEqual(["read", "sent", "sending"]);
	expect(rows.at(-1)?.rowKey).toBe(bubbles([said(3, "ann", NOON)]).at(-1)?.rowKey);
	const failed = timeline(failPending(before, "m3", "blocked", ""), "ann").at(-1);
	expect(failed).toMatchObject({ progress: "failed", failure: { code: "blocked" } });
	expect(bubbles([said(1, "bob", NOON)])[0]?.progress).toBeNull();
});

test("a line about the group stands alone, and parts what one sender says", () => {
	const line = { ...said(2, "ann", NOON), kind: "event", event: parseEvent({ event: "joined", who: ["eve"] }) };
	const messages = [said(1, "bob", NOON), line, said(3, "bob", NOON)];
	const rows = timeline({ ...emptyConversation("group/lab"), messages }, "ann");
	expect(rows.map(({ type }) => type)).toEqual(["day", "bubble", "event", "bubble"]);
	expect(bubbles(messages).map(({ first, last }) => [first, last])).toEqual([
		[true, true],
		[true, true],
	]);
	expect(speakers(rows)).toEqual(["bob", "ann", "eve"]);
});
