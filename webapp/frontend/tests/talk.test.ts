import { expect, test } from "vitest";
import type { Message } from "../src/contract/envelope";
import type { ConversationKey } from "../src/contract/topics";
import type { Messenger } from "../src/messenger/messenger";
import { findMessage } from "../src/model/conversation";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";
const LAB: ConversationKey = "group/lab";

function deliver(world: World, key: ConversationKey, from: string, fields: Record<string, unknown>): Message {
	const message = world.server.put(key, from, fields);
	world.link.deliver(`im/ann/${from === "ann" ? "sent" : "inbox"}/${key}`, world.server.wireOf(key, message));
	return message;
}

function held(ann: Messenger, key: ConversationKey) {
	const conversation = ann.model.conversations.get(key);
	if (!conversation) throw new Error("no such conversation");
	return conversation;
}

async function talking(count: number, key: ConversationKey = BOB): Promise<{ world: World; ann: Messenger }> {
	const world = new World();
	for (let seq = 1; seq <= count; seq += 1) world.server.commit(key, "bob", `m${seq}`);
	world.server.readSeq = count;
	const ann = await world.online();
	await ann.show(key);
	await world.settle();
	return { world, ann };
}

test("a sign is sent as a mark, and shows when its stamp is back", async () => {
	const { world, ann } = await talking(2);
	ann.send(BOB, { kind: "reaction", of: 2, emoji: "👍" });
	expect(world.link.on("send").at(-1)?.payload).toMatchObject({ kind: "reaction", of: 2, emoji: "👍" });
	expect(held(ann, BOB).marks.get(2)?.reactions).toEqual([]);
	deliver(world, BOB, "ann", { kind: "reaction", of: 2, emoji: "👍" });
	expect(held(ann, BOB).marks.get(2)?.reactions).toEqual([{ emoji: "👍", count: 1, mine: true, who: ["ann"] }]);
	expect(held(ann, BOB).unread).toBe(0);
});

test("what happened to messages during an outage is known after it", async () => {
	const { world, ann } = await talking(3);
	world.link.handlers.closed();
	world.server.put(BOB, "bob", { kind: "edit", of: 2, body: "other words" });
	world.server.put(BOB, "bob", { kind: "recall", of: 3 });
	world.clock.pass(500);
	await world.settle();
	world.link.handlers.opened();
	await world.settle();
	expect(findMessage(held(ann, BOB), 2)?.body).toBe("other words");
	expect(findMessage(held(ann, BOB), 3)?.content.kind).toBe("gone");
});

test("a page made of marks alone is not the whole screen", async () => {
	const world = new World();
	for (let seq = 1; seq <= 30; seq += 1) world.server.commit(BOB, "bob", `m${seq}`);
	for (let count = 0; count < 60; count += 1)
		world.server.put(BOB, "bob", { kind: "reaction", of: 30, emoji: "👍", remove: count % 2 === 1 });
	const ann = await world.online();
	await ann.show(BOB);
	expect(held(ann, BOB).messages.filter(({ kind }) => kind === "text")).toHaveLength(30);
});

test("one goes to a message far above, and back down page by page", async () => {
	const { world, ann } = await talking(300);
	await ann.history.goTo(BOB, 100);
	const first = held(ann, BOB);
	expect(first).toMatchObject({ detached: true });
	expect(findMessage(first, 100)?.body).toBe("m100");
	deliver(world, BOB, "bob", { kind: "text", body: "meanwhile" });
	ann.markRead(BOB);
	expect(held(ann, BOB)).toMatchObject({ unread: 1 });
	while (held(ann, BOB).detached) await ann.history.loadNewer(BOB);
	const seqs = held(ann, BOB).messages.map(({ seq }) => seq);
	expect(seqs.at(-1)).toBe(301);
	expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => (seqs[0] ?? 0) + index));
	ann.markRead(BOB);
	expect(held(ann, BOB).unread).toBe(0);
});

test("from the middle one goes straight to the end, and a conversation that is left starts there again", async () => {
	const { world, ann } = await talking(300);
	await ann.history.goTo(BOB, 100);
	await ann.history.goToEnd(BOB);
	expect(held(ann, BOB)).toMatchObject({ detached: false, upto: 300 });
	await ann.history.goTo(BOB, 100);
	await ann.show(null);
	expect(held(ann, BOB)).toMatchObject({ detached: false, messages: [] });
	await ann.show(BOB);
	await world.settle();
	expect(held(ann, BOB).messages.at(-1)?.seq).toBe(300);
});

test("in the middle of the log an outage changes nothing unseen", async () => {
	const { world, ann } = await talking(300);
	await ann.history.goTo(BOB, 100);
	world.server.answers.set("GET /conversations/user/bob/pins", () => ({ pins: [] }));
	world.server.asked.length = 0;
	await world.reconnect();
	expect(world.server.asked.some((asked) => asked.includes('"around"'))).toBe(true);
	expect(held(ann, BOB)).toMatchObject({ detached: true });
});

test("what one deletes for oneself on another device goes here too", async () => {
	const { world, ann } = await talking(2);
	world.link.deliver("im/ann/notice", { type: "hidden", key: BOB, seqs: [1], at: 1 });
	expect(findMessage(held(ann, BOB), 1)?.content).toEqual({ kind: "gone", by: null, hidden: true });
});

test("that a message came is told once a second, the highest, and only between two", async () => {
	const world = new World();
	world.server.commit(BOB, "bob", "one");
	world.server.commit(LAB, "bob", "one");
	await world.online();
	deliver(world, BOB, "bob", { kind: "text", body: "two" });
	deliver(world, BOB, "bob", { kind: "text", body: "three" });
	world.clock.pass(999);
	expect(world.link.on("read")).toEqual([]);
	world.clock.pass(1);
	expect(world.link.on("read")).toEqual([{ topic: "im/ann/read/user/bob", payload: { delivered: 3 } }]);
	world.clock.pass(5_000);
	expect(world.link.on("read")).toHaveLength(1);
});

test("that the other's device received a message is shown until it was read", async () => {
	const { world, ann } = await talking(2);
	world.link.deliver("im/ann/live/read/user/bob", { from: "bob", to: "user/ann", delivered: 2, at: 1 });
	expect(held(ann, BOB)).toMatchObject({ peerDeliveredSeq: 2, peerReadSeq: 0 });
	world.link.deliver("im/ann/live/read/user/bob", { from: "bob", to: "user/ann", seq: 2, delivered: 2, at: 1 });
	expect(held(ann, BOB)).toMatchObject({ peerReadSeq: 2 });
});

test("an answer grows by signals until its stamp comes, and goes when it grows no longer", async () => {
	const { world, ann } = await talking(1, LAB);
	const grow = (offset: number, text: string, id: string) =>
		world.link.deliver(`im/ann/live/signal/${LAB}`, { type: "stream", id, offset, text, from: "bot", to: LAB, at: 1 });
	grow(0, "hel", "a");
	grow(3, "lo", "a");
	expect(held(ann, LAB).streams).toMatchObject([{ from: "bot", id: "a", text: "hello" }]);
	deliver(world, LAB, "bot", { id: "a", kind: "text", body: "hello, ann" });
	expect(held(ann, LAB).streams).toEqual([]);
	grow(0, "late", "a");
	expect(held(ann, LAB).streams).toEqual([]);
	grow(0, "given up", "b");
	world.clock.pass(30_000);
	expect(held(ann, LAB).streams).toEqual([]);
});

test("a card is what the API says, and then what comes live; its button is a signal to the device", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	const card = { kind: "card", name: "heater", from: "thermo", to: LAB, at: 1, data: { t: 20 } };
	world.server.answers.set("GET /conversations/group/lab/cards", () => ({ cards: [card] }));
	const ann = await world.online();
	await ann.show(LAB);
	await world.settle();
	expect(held(ann, LAB).cards.map(({ data }) => data)).toEqual([{ t: 20 }]);
	world.link.deliver(`im/ann/live/card/${LAB}`, { ...card, at: 2, data: { t: 21 } });
	expect(held(ann, LAB).cards.map(({ data }) => data)).toEqual([{ t: 21 }]);
	ann.command(LAB, "thermo", "heater", "on");
	expect(world.link.on("signal")).toEqual([
		{ topic: "im/ann/signal/group/lab", payload: { type: "command", for: "thermo", card: "heater", command: "on" } },
	]);
});

test("a vote that cannot be counted here is asked for", async () => {
	const { world, ann } = await talking(0, LAB);
	const poll = { kind: "poll", body: "tea?", options: ["yes", "no"], anonymous: true };
	const asked = deliver(world, LAB, "bob", poll);
	const count = { counts: [1, 0], voters: 1, mine: [], who: null };
	world.server.answers.set("GET /conversations/group/lab/messages/1", () => ({
		message: world.server.wireOf(LAB, asked),
		marks: { poll: count },
		origin: null,
	}));
	deliver(world, LAB, "eve", { kind: "vote", of: 1 });
	await world.settle();
	expect(held(ann, LAB).marks.get(1)).toMatchObject({ stale: false, poll: count });
});

test("who records is told apart from who types", async () => {
	const { world, ann } = await talking(1);
	world.link.deliver("im/ann/live/signal/user/bob", { type: "recording", from: "bob", to: "user/ann", at: 1 });
	expect(held(ann, BOB).typing.get("bob")?.what).toBe("recording");
	deliver(world, BOB, "bob", { kind: "voice", files: [{ id: "x" }], duration_ms: 5 });
	expect(held(ann, BOB).typing.size).toBe(0);
});

test("a thread is held beside the window, wherever that is", async () => {
	const { world, ann } = await talking(2, LAB);
	const root = world.server.logs.get(LAB)?.[0];
	if (!root) throw new Error("no root");
	const answer = { id: "t", kind: "text", body: "yes", thread: 1, from: "eve", to: LAB, seq: 3, at: 1 };
	world.server.answers.set("GET /conversations/group/lab/threads/1?limit=50", () => ({
		messages: [answer],
		marks: { "1": { thread: { count: 1, last_seq: 3 } } },
		origins: [world.server.wireOf(LAB, root)],
		first_seq: 1,
		last_seq: 3,
		peer_read_seq: null,
	}));
	expect(await ann.history.loadThread(LAB, 1, null)).toBe(true);
	expect(findMessage(held(ann, LAB), 3)?.body).toBe("yes");
	expect(held(ann, LAB).marks.get(1)?.thread).toEqual({ count: 1, lastSeq: 3 });
});

test("what comes after a group has left the list does not bring it back", async () => {
	const { world, ann } = await talking(3, LAB);
	const late = ann.history.goTo(LAB, 60);
	world.server.logs.delete(LAB);
	await ann.refresh(["conversations"]);
	await late;
	await ann.show(null);
	expect(ann.model.conversations.has(LAB)).toBe(false);
});
