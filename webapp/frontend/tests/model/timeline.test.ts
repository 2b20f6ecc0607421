import { expect, test } from "vitest";
import { type Message, parseMessage } from "../../src/contract/envelope";
import { parseEvent } from "../../src/contract/groups";
import { addPending, emptyConversation, failPending } from "../../src/model/conversation";
import type { Pending } from "../../src/model/outbox";
import {
	type Bubble,
	byDay,
	lastRows,
	ownLastId,
	type Row,
	speakers,
	steady,
	threadRows,
	timeline,
} from "../../src/model/timeline";

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
	const pending = { id: "m3", draft: { kind: "text", body: "3" } as const, files: [], at: NOON, failure: null };
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

function entry(seq: number, from: string, fields: Record<string, unknown>): Message {
	return parseMessage({ id: `m${seq}`, from, to: "group/lab", seq, at: NOON + seq, ...fields });
}

function rowsOf(messages: Message[], readSeq: number | null = null): Row[] {
	return timeline({ ...emptyConversation("group/lab"), messages }, "ann", readSeq).filter(({ type }) => type !== "day");
}

test("marks are no rows, and what one deleted for oneself is none either", () => {
	const rows = rowsOf([
		said(1, "bob", NOON),
		entry(2, "eve", { kind: "reaction", of: 1, emoji: "x" }),
		entry(3, "eve", { kind: "gone", hidden: true }),
		said(4, "bob", NOON),
	]);
	expect(rows).toMatchObject([
		{ seq: 1, first: true, last: false },
		{ seq: 4, first: false, last: true },
	]);
});

test("messages whose time was over are one line, one that was taken back is its own", () => {
	const rows = rowsOf([
		entry(1, "bob", { kind: "gone" }),
		entry(2, "eve", { kind: "gone" }),
		entry(3, "eve", { kind: "gone", by: "ann" }),
	]);
	expect(rows).toMatchObject([
		{ type: "gone", by: null, count: 2 },
		{ type: "gone", by: "ann", from: "eve", count: 1 },
	]);
	expect(speakers(rows)).toEqual(["ann", "eve"]);
});

test("answers in a thread are one line in the conversation, and rows in the thread", () => {
	const messages = [
		said(1, "bob", NOON),
		entry(2, "eve", { kind: "text", body: "a", thread: 1 }),
		entry(3, "ann", { kind: "text", body: "b", thread: 1 }),
		entry(4, "ann", { kind: "text", body: "c", thread: 9 }),
	];
	expect(rowsOf(messages)).toMatchObject([
		{ type: "bubble", seq: 1 },
		{ type: "thread", root: 1, count: 2, from: ["eve", "ann"], newest: { body: "b" } },
		{ type: "thread", root: 9, count: 1 },
	]);
	const [, second, third] = messages;
	const draft = { kind: "text", body: "d", thread: 1 } as const;
	const beside = {
		...emptyConversation("group/lab"),
		messages: [...(messages[0] ? [messages[0]] : []), ...(third ? [third] : [])],
		aside: new Map(second ? [[2, second]] : []),
		pending: [{ id: "p", draft, files: [], at: NOON, failure: null }],
	};
	expect(threadRows(beside, 1, "ann")).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 0, id: "p" }]);
	expect(timeline(beside, "ann").some((row) => row.type === "bubble" && row.id === "p")).toBe(false);
});

test.each([
	["above the first message of another that was not read", 1, ["bubble", "unread", "bubble", "bubble"]],
	["nowhere when all was read", 3, ["bubble", "bubble", "bubble"]],
	["nowhere when nobody asks", null, ["bubble", "bubble", "bubble"]],
])("the line for what is new stands %s", (_where, readSeq, types) => {
	const rows = rowsOf([said(1, "bob", NOON), said(2, "bob", NOON), said(3, "ann", NOON)], readSeq);
	expect(rows.map(({ type }) => type)).toEqual(types);
});

test("an answer brings what it answers, from wherever that is held", () => {
	const origin = said(1, "bob", NOON);
	const answer = entry(9, "eve", { kind: "text", body: "yes", reply: 1 });
	const conversation = { ...emptyConversation("group/lab"), messages: [answer], aside: new Map([[1, origin]]) };
	expect(timeline(conversation, "ann").at(-1)).toMatchObject({ origin: { seq: 1 } });
	expect(rowsOf([answer])[0]).toMatchObject({ origin: null });
});

test("what was taken over from an archive is another's, whoever imported it", () => {
	const imported = entry(1, "ann", { kind: "text", body: "old", imported: { from: "Grandma", at: 5 } });
	expect(rowsOf([imported, said(2, "ann", NOON)])).toMatchObject([
		{ mine: false, progress: null, last: true },
		{ mine: true, first: true },
	]);
});

test("an answer that is still being written stands below, and keeps its row when it is stamped", () => {
	const stream = { from: "bot", id: "m2", start: 3, text: "**lo", at: NOON, grownAt: NOON };
	const conversation = { ...emptyConversation("group/lab"), messages: [said(1, "bob", NOON)], streams: [stream] };
	const row = timeline(conversation, "ann").at(-1);
	expect(row).toMatchObject({ rowKey: "bot m2", growing: true, seq: 0, message: { body: "… **lo" } });
	expect(timeline({ ...conversation, detached: true }, "ann").at(-1)).toMatchObject({ seq: 1 });
});

test("a message of ours is sent, delivered, read", () => {
	const messages = [1, 2, 3].map((seq) => said(seq, "ann", NOON));
	const conversation = { ...emptyConversation("user/bob"), messages, peerReadSeq: 1, peerDeliveredSeq: 2 };
	const rows = timeline(conversation, "ann").filter((row) => row.type === "bubble");
	expect(rows.map(({ progress }) => progress)).toEqual(["read", "delivered", "sent"]);
});

test("what is on its way looks as it will, with its files", () => {
	const file = { id: "f", name: "a.mp4", type: "video/mp4", size: 5, width: null, height: null, thumb: false };
	const poster = { ...file, id: "p", name: "a.webp" };
	const draft = { kind: "video", files: ["f"], poster: "p" } as const;
	const pending = addPending(emptyConversation("user/bob"), {
		id: "m",
		draft,
		files: [file, poster],
		at: NOON,
		failure: null,
	});
	expect(timeline(pending, "ann").at(-1)).toMatchObject({ message: { content: { kind: "video", file, poster } } });
});

test("what we said last is known by its id, before its stamp and after; marks and threads are nothing said here", () => {
	const empty = emptyConversation("group/lab");
	const waiting = (id: string, draft: Pending["draft"]) => ({ id, draft, files: [], at: NOON, failure: null });
	const words = addPending(empty, waiting("m1", { kind: "text", body: "1" }));
	expect(ownLastId(empty, "ann")).toBe("");
	expect(ownLastId(words, "ann")).toBe("m1");
	expect(ownLastId({ ...empty, newest: said(1, "ann", NOON) }, "ann")).toBe("m1");
	expect(ownLastId({ ...empty, newest: said(2, "bob", NOON) }, "ann")).toBe("");
	expect(ownLastId(addPending(words, waiting("r", { kind: "reaction", of: 1, emoji: "👍" })), "ann")).toBe("m1");
	expect(ownLastId(addPending(words, waiting("t", { kind: "text", body: "2", thread: 1 })), "ann")).toBe("m1");
});

test("rows are told by day, and a clock that went back begins a day of its own", () => {
	const day = 24 * 60 * MINUTE;
	const messages = [said(1, "bob", NOON), said(2, "bob", NOON + day), said(3, "bob", NOON)];
	const days = byDay(timeline({ ...emptyConversation("group/lab"), messages }, "ann"));
	expect(days.map(({ rows }) => rows.map((row) => row.type === "bubble" && row.seq))).toEqual([[1], [2], [3]]);
	expect(new Set(days.map(({ key }) => key)).size).toBe(3);
	expect(days.map(({ at }) => at)).toEqual([NOON, NOON + day, NOON]);
});

test("the line for what is new stands above the day that it begins", () => {
	const lab = { ...emptyConversation("group/lab"), messages: [said(1, "bob", NOON)] };
	expect(byDay(timeline(lab, "ann", 0)).map(({ at, rows }) => [at, rows.length])).toEqual([
		[null, 1],
		[NOON, 1],
	]);
});

test("of the days, the last rows are taken, under the names of their days", () => {
	const day = 24 * 60 * MINUTE;
	const messages = [
		said(1, "bob", NOON),
		said(2, "bob", NOON + 1),
		said(3, "bob", NOON + day),
		said(4, "bob", NOON + day + 1),
	];
	const days = byDay(timeline({ ...emptyConversation("group/lab"), messages }, "ann"));
	const taken = (count: number) =>
		lastRows(days, count).map(({ key, rows }) => [
			days.findIndex((whole) => whole.key === key),
			rows.map((row) => row.type === "bubble" && row.seq),
		]);
	expect(taken(1)).toEqual([[1, [4]]]);
	expect(taken(2)).toEqual([[1, [3, 4]]]);
	expect(taken(3)).toEqual([
		[0, [2]],
		[1, [3, 4]],
	]);
	expect(taken(0)).toEqual([]);
	expect(lastRows(days, 4)).toEqual(days);
	expect(lastRows(days, Number.POSITIVE_INFINITY)[0]).toBe(days[0]);
});

test("a row that reads as before is the object that it was", () => {
	const lab = { ...emptyConversation("group/lab"), messages: [said(1, "bob", NOON), said(2, "eve", NOON)] };
	const before = timeline(lab, "ann");
	const more = { ...lab, messages: [...lab.messages, said(3, "eve", NOON)] };
	const after = steady(timeline(more, "ann"), before);
	expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
	expect(after[1]).toBe(before[1]);
	expect(after[2]).not.toBe(before[2]); // it does not end its run any longer
	expect(after).toHaveLength(4);
});
