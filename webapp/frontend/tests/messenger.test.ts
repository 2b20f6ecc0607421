import { expect, test } from "vitest";
import type { Message } from "../src/contract/envelope";
import type { ConversationKey } from "../src/contract/topics";
import type { Messenger } from "../src/messenger/messenger";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";

function texts(ann: Messenger, key: ConversationKey = BOB): string[] {
	return ann.model.conversations.get(key)?.messages.map(({ body }) => body) ?? [];
}

function pending(ann: Messenger): (string | null)[] {
	return ann.model.conversations.get(BOB)?.pending.map(({ failure }) => failure?.code ?? null) ?? [];
}

function deliver(world: World, message: Message, key: ConversationKey = BOB): void {
	const branch = message.from === "ann" ? "sent" : "inbox";
	const { data: _, ...wire } = message;
	world.link.deliver(`im/ann/${branch}/${key}`, wire);
}

test("a message is pending until its stamped copy comes back on sent", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, "hi");
	expect(pending(ann)).toEqual([null]);
	const [sent] = world.link.on("send");
	expect(sent).toEqual({
		topic: "im/ann/send/user/bob",
		payload: { id: "01a0c4506c0000000000000000000002", kind: "text", body: "hi" },
	});
	deliver(world, world.server.commit(BOB, "ann", "hi", "01a0c4506c0000000000000000000002"));
	expect(pending(ann)).toEqual([]);
	expect(texts(ann)).toEqual(["hi"]);
	expect(world.shelf.keys()).toEqual([]);
});

test("what was written without a connection leaves after the reconnect, once, under the same id", async () => {
	const world = new World();
	const ann = await world.online();
	world.link.handlers.closed();
	ann.send(BOB, "hi");
	expect(world.link.on("send")).toEqual([]);
	world.clock.pass(500);
	await world.settle();
	world.link.handlers.opened();
	expect(world.link.on("send").map(({ payload }) => payload)).toEqual([
		{ id: "01a0c4506c0000000000000000000002", kind: "text", body: "hi" },
	]);
});

test("a message whose stamp was lost with the connection is sent again and shown once", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, "hi");
	const stamped = world.server.commit(BOB, "ann", "hi", "01a0c4506c0000000000000000000002");
	await world.reconnect();
	expect(world.link.on("send")).toHaveLength(1);
	deliver(world, stamped); // a repeat is answered with the first stamp
	expect(texts(ann)).toEqual(["hi"]);
	expect(pending(ann)).toEqual([]);
});

test("a message that gets no stamp in 15 seconds is published again", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, "hi");
	world.clock.pass(31_000);
	const ids = world.link.on("send").map(({ payload }) => (payload as { id: string }).id);
	expect(new Set(ids)).toEqual(new Set(["01a0c4506c0000000000000000000002"]));
	expect(ids.length).toBeGreaterThan(1);
});

test("a message survives the closing of the page", async () => {
	const world = new World();
	const first = await world.online();
	world.link.handlers.closed();
	first.send(BOB, "hi");
	first.stop();
	const second = await world.online();
	expect(pending(second)).toEqual([null]);
	expect(world.link.on("send")).toHaveLength(1);
});

test("a refused message says why, and is sent again under its id when asked to", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, "hi");
	const id = "01a0c4506c0000000000000000000002";
	world.link.deliver("im/ann/notice", { type: "rejected", id, to: BOB, code: "blocked", message: "no", at: 1 });
	expect(pending(ann)).toEqual(["blocked"]);
	ann.retry(BOB, id);
	expect(pending(ann)).toEqual([null]);
	expect(world.link.on("send").map(({ payload }) => (payload as { id: string }).id)).toEqual([id, id]);
});

test("a message whose id was used already is sent again under a new one", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, "hi");
	const id = "01a0c4506c0000000000000000000002";
	world.link.deliver("im/ann/notice", { type: "rejected", id, to: BOB, code: "id_reused", message: "no", at: 1 });
	ann.retry(BOB, id);
	expect(world.link.on("send").map(({ payload }) => (payload as { id: string }).id)).toEqual([
		id,
		"01a0c4506c0000000000000000000003",
	]);
});

test("three messages that passed during an outage are there after it, in order, once", async () => {
	const world = new World();
	world.server.commit(BOB, "bob", "zero");
	const ann = await world.online();
	await ann.show(BOB);
	world.link.handlers.closed();
	for (const body of ["one", "two", "three"]) world.server.commit(BOB, "bob", body);
	world.clock.pass(500);
	await world.settle();
	world.link.handlers.opened();
	await world.settle();
	expect(texts(ann)).toEqual(["zero", "one", "two", "three"]);
});

test("a message beyond a gap waits until the history has filled the gap", async () => {
	const world = new World();
	deliverable(world, ["one"]);
	const ann = await world.online();
	await ann.show(BOB);
	deliverable(world, ["two", "three"]);
	const four = world.server.commit(BOB, "bob", "four");
	deliver(world, four);
	expect(texts(ann)).toEqual(["one"]);
	await world.settle();
	expect(texts(ann)).toEqual(["one", "two", "three", "four"]);
	expect(world.server.asked).toContain('user/bob {"after":1}');
});

test("a message that is delivered twice is shown once and counted once", async () => {
	const world = new World();
	const ann = await world.online();
	const one = world.server.commit(BOB, "bob", "one");
	deliver(world, one);
	deliver(world, one);
	await world.settle();
	expect(texts(ann)).toEqual(["one"]);
	expect(ann.model.conversations.get(BOB)?.unread).toBe(1);
});

test("a long outage starts the open conversation anew at the newest page", async () => {
	const world = new World();
	deliverable(world, ["first"]);
	const ann = await world.online();
	await ann.show(BOB);
	deliverable(
		world,
		Array.from({ length: 700 }, (_, index) => `m${index}`),
	);
	await world.reconnect();
	expect(texts(ann)).toHaveLength(50);
	expect(texts(ann).at(-1)).toBe("m699");
	await ann.loadOlder(BOB);
	expect(texts(ann)).toHaveLength(100);
	expect(texts(ann)[0]).toBe("m600");
});

test("an open conversation loads its newest page, and older pages on demand, down to the beginning", async () => {
	const world = new World();
	deliverable(
		world,
		Array.from({ length: 120 }, (_, index) => `m${index}`),
	);
	const ann = await world.online();
	await ann.show(BOB);
	expect(texts(ann)).toHaveLength(51);
	await ann.loadOlder(BOB);
	await ann.loadOlder(BOB);
	await ann.loadOlder(BOB);
	expect(texts(ann)).toHaveLength(120);
	expect(texts(ann)[0]).toBe("m0");
});

test("reading is told once, and clears the count", async () => {
	const world = new World();
	deliverable(world, ["one", "two"]);
	const ann = await world.online();
	await ann.show(BOB);
	ann.markRead(BOB);
	ann.markRead(BOB);
	expect(world.link.on("read")).toEqual([{ topic: "im/ann/read/user/bob", payload: { seq: 2 } }]);
	expect(ann.model.conversations.get(BOB)?.unread).toBe(0);
});

test("what another device has read is read here, and what the peer has read is known", async () => {
	const world = new World();
	deliverable(world, ["one", "two"]);
	const ann = await world.online();
	world.link.deliver("im/ann/live/read/user/bob", { from: "ann", to: "user/bob", seq: 2, at: 1 });
	world.link.deliver("im/ann/live/read/user/bob", { from: "bob", to: "user/ann", seq: 1, at: 1 });
	expect(ann.model.conversations.get(BOB)).toMatchObject({ unread: 0, readSeq: 2, peerReadSeq: 1 });
});

test("who is typing is shown for five seconds, and typing is told every three", async () => {
	const world = new World();
	deliverable(world, ["one"]);
	const ann = await world.online();
	world.link.deliver("im/ann/live/signal/user/bob", { type: "typing", from: "bob", to: "user/ann", at: 1 });
	expect([...(ann.model.conversations.get(BOB)?.typing.keys() ?? [])]).toEqual(["bob"]);
	world.clock.pass(5_100);
	expect(ann.model.conversations.get(BOB)?.typing.size).toBe(0);
	ann.type(BOB);
	ann.type(BOB);
	world.clock.pass(3_000);
	ann.type(BOB);
	expect(world.link.on("signal")).toHaveLength(2);
});

test("a friend's presence follows the live word", async () => {
	const world = new World();
	const presence = { state: "offline", text: "", lastSeen: null } as const;
	world.server.friendList.push({ username: "bob", displayName: "Bob", presence });
	const ann = await world.online();
	world.link.deliver("im/ann/live/presence/bob", { from: "bob", state: "away", text: "lunch", last_seen: 7 });
	expect(ann.model.friends[0]?.presence).toEqual({ state: "away", text: "lunch", lastSeen: 7 });
});

test("lists that arrive in any order do not undo each other", async () => {
	const world = new World();
	deliverable(world, ["one"]);
	const presence = { state: "online", text: "", lastSeen: null } as const;
	world.server.friendList.push({ username: "bob", displayName: "Bob", presence });
	const slow = world.server.api.friends;
	world.server.api.friends = async () => {
		for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
		return slow();
	};
	const ann = await world.online();
	expect(ann.model.friends).toHaveLength(1);
	expect(ann.model.conversations.size).toBe(1);
});

test("a network that the browser calls gone is not waited for", async () => {
	const world = new World();
	const ann = await world.online();
	ann.networkLost();
	expect(ann.model.link).toBe("waiting");
	expect(world.link.closed).toBe(true);
	ann.retryNow();
	await world.settle();
	world.link.handlers.opened();
	expect(ann.model.link).toBe("online");
});

test("every attempt asks for a fresh token, and waits longer, up to thirty seconds", async () => {
	const world = new World();
	world.start();
	await world.settle();
	const delays: number[] = [];
	for (let attempt = 0; attempt < 9; attempt += 1) {
		world.link.handlers.closed();
		const before = world.links.length;
		let waited = 0;
		while (world.links.length === before && waited < 60_000) {
			world.clock.pass(250);
			waited += 250;
			await world.settle();
		}
		delays.push(waited);
	}
	expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
	expect(world.server.asked.filter((what) => what === "mqtt-token")).toHaveLength(10);
});

test("the client identifier is the account and 32 hexadecimal digits, the same on every reconnect", async () => {
	const world = new World();
	await world.online();
	await world.reconnect();
	expect(world.links.map(({ clientId }) => clientId)).toEqual([
		"ann-00000000000000000000000000000001",
		"ann-00000000000000000000000000000001",
	]);
});

test("a sign-in that ended elsewhere ends here at the next connection", async () => {
	const world = new World();
	await world.online();
	world.server.signedIn = false;
	world.link.handlers.closed();
	world.clock.pass(500);
	await world.settle();
	expect(world.signedOut).toBe(true);
});

test("presence is told on connecting and every minute", async () => {
	const world = new World();
	await world.online();
	world.clock.pass(120_000);
	expect(world.link.on("status")).toEqual(
		Array(3).fill({
			topic: "im/ann/status/ann-00000000000000000000000000000001",
			payload: { state: "online", text: "" },
		}),
	);
});

test("what cannot be read is nothing to us", async () => {
	const world = new World();
	const ann = await world.online();
	const before = ann.model;
	world.link.deliver("im/ann/inbox/user/bob", { id: "x", kind: "text", body: "no stamp" });
	world.link.deliver("im/ann/inbox/room/bob", {});
	world.link.handlers.received("im/ann/notice", Uint8Array.of(0xff));
	expect(ann.model).toBe(before);
});

function deliverable(world: World, bodies: string[]): void {
	for (const body of bodies) world.server.commit(BOB, "bob", body);
}
