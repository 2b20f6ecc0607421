import { expect, test } from "vitest";
import type { Message } from "../src/contract/envelope";
import { parseEvent } from "../src/contract/groups";
import type { ConversationKey } from "../src/contract/topics";
import type { Messenger } from "../src/messenger/messenger";
import { displayName, isDeleted, memberName, unreadTotal } from "../src/model/model";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";
const HI = { kind: "text", body: "hi" } as const;

function texts(ann: Messenger, key: ConversationKey = BOB): string[] {
	return ann.model.conversations.get(key)?.messages.map(({ body }) => body) ?? [];
}

function pending(ann: Messenger): (string | null)[] {
	return ann.model.conversations.get(BOB)?.pending.map(({ failure }) => failure?.code ?? null) ?? [];
}

function bobIs(state: string) {
	return { username: "bob", display_name: "Bob", presence: { state, text: "", last_seen: null } };
}

function deliver(world: World, message: Message, key: ConversationKey = BOB): void {
	const branch = message.from === "ann" ? "sent" : "inbox";
	world.link.deliver(`im/ann/${branch}/${key}`, world.server.wireOf(key, message));
}

test("a message is pending until its stamped copy comes back on sent", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, HI);
	expect(pending(ann)).toEqual([null]);
	const [sent] = world.link.on("send");
	expect(sent).toEqual({
		topic: "im/ann/send/user/bob",
		payload: { id: "01a0c4506c0000000000000000000002", kind: "text", body: "hi" },
	});
	deliver(world, world.server.commit(BOB, "ann", "hi", "01a0c4506c0000000000000000000002"));
	expect(pending(ann)).toEqual([]);
	expect(texts(ann)).toEqual(["hi"]);
	expect(world.keep.names("outbox")).toEqual([]);
});

test("what was written without a connection leaves after the reconnect, once, under the same id", async () => {
	const world = new World();
	const ann = await world.online();
	world.link.handlers.closed();
	ann.send(BOB, HI);
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
	ann.send(BOB, HI);
	const stamped = world.server.commit(BOB, "ann", "hi", "01a0c4506c0000000000000000000002");
	await world.reconnect();
	expect(world.link.on("send")).toHaveLength(1);
	deliver(world, stamped); // a repeat is answered with the first stamp
	await ann.show(BOB);
	expect(texts(ann)).toEqual(["hi"]);
	expect(pending(ann)).toEqual([]);
});

test("a message that gets no stamp in 15 seconds is published again", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, HI);
	world.clock.pass(31_000);
	const ids = world.link.on("send").map(({ payload }) => (payload as { id: string }).id);
	expect(new Set(ids)).toEqual(new Set(["01a0c4506c0000000000000000000002"]));
	expect(ids.length).toBeGreaterThan(1);
});

test("a message survives the closing of the page", async () => {
	const world = new World();
	const first = await world.online();
	world.link.handlers.closed();
	first.send(BOB, HI);
	first.stop();
	const second = await world.online();
	expect(pending(second)).toEqual([null]);
	expect(world.link.on("send")).toHaveLength(1);
});

test("a refused message says why, and is sent again under its id when asked to", async () => {
	const world = new World();
	const ann = await world.online();
	ann.send(BOB, HI);
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
	ann.send(BOB, HI);
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
	await ann.history.loadOlder(BOB);
	expect(texts(ann)).toHaveLength(100);
	expect(texts(ann)[0]).toBe("m600");
});

test("an open conversation loads its newest page, and older pages on demand, down to the beginning", async () => {
	const world = new World();
	deliverable(
		world,
		Array.from({ length: 120 }, (_, index) => `m${index}`),
	);
	world.server.readSeq = 120;
	const ann = await world.online();
	await ann.show(BOB);
	expect(texts(ann)).toHaveLength(50);
	await ann.history.loadOlder(BOB);
	await ann.history.loadOlder(BOB);
	await ann.history.loadOlder(BOB);
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
	world.server.answers.set("GET /friends", () => ({ friends: [bobIs("offline")] }));
	const ann = await world.online();
	world.link.deliver("im/ann/live/presence/bob", { from: "bob", state: "away", text: "lunch", last_seen: 7 });
	expect(ann.model.friends[0]?.presence).toEqual({ state: "away", text: "lunch", lastSeen: 7 });
});

test("lists that arrive in any order do not undo each other", async () => {
	const world = new World();
	deliverable(world, ["one"]);
	world.server.answers.set("GET /friends", async () => {
		for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
		return { friends: [bobIs("online")] };
	});
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

const LAB: ConversationKey = "group/lab";

function lab(change: Record<string, unknown> = {}) {
	const group = { name: "lab", title: "The lab", kind: "group", owner: "bob", role: "member", member_count: 2 };
	return {
		...group,
		members: [{ username: "bob", display_name: "Bob", nickname: "B", role: "owner" }],
		next: null,
		...change,
	};
}

test("a muted conversation is not counted, until its time is over", async () => {
	const world = new World();
	deliverable(world, ["one", "two"]);
	world.server.muted.set(BOB, world.clock.now() + 1_000);
	const ann = await world.online();
	expect(ann.model.conversations.get(BOB)?.unread).toBe(2);
	expect(unreadTotal(ann.model, world.clock.now())).toBe(0);
	expect(unreadTotal(ann.model, world.clock.now() + 1_000)).toBe(2);
});

test("what a line says of a group is asked for at once while the group is in view", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	world.server.answers.set("GET /groups/lab", () => lab());
	const ann = await world.online();
	await ann.show(LAB);
	await world.settle();
	world.server.asked.length = 0;
	world.server.answers.set("GET /groups/lab", () => lab({ my_muted_until: 9 }));
	const event = parseEvent({ event: "muted", who: ["ann"], until: 9 });
	deliver(world, world.server.commit(LAB, "bob", "muted", "line", event), LAB);
	await world.settle();
	expect(ann.model.details.get("lab")?.ownMutedUntil).toBe(9);
	expect(world.server.asked).toEqual(["GET /groups", "GET /groups/lab"]);
});

test("who comes and goes in a group too long to be shown whole asks for nothing", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	world.server.answers.set("GET /groups/lab", () => lab({ next: 50 }));
	const ann = await world.online();
	await ann.show(LAB);
	await world.settle();
	world.server.asked.length = 0;
	const event = parseEvent({ event: "joined", who: ["eve"] });
	deliver(world, world.server.commit(LAB, "bob", "joined", "line", event), LAB);
	await world.settle();
	expect(world.server.asked).toEqual([]);
});

test("a new title stands in the list with the line that tells it", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	const ann = await world.online();
	const event = parseEvent({ event: "title", title: "Lab 2" });
	deliver(world, world.server.commit(LAB, "bob", "title", "line", event), LAB);
	expect(ann.model.conversations.get(LAB)?.title).toBe("Lab 2");
});

test("a group that is dissolved leaves the list with the line that says so", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	const ann = await world.online();
	const last = world.server.commit(LAB, "bob", "dissolved", "line", parseEvent({ event: "dissolved" }));
	world.server.logs.delete(LAB);
	deliver(world, last, LAB);
	await world.settle();
	expect(ann.model.conversations.has(LAB)).toBe(false);
});

test("our own name for a friend comes before the nickname, and that before the name of the account", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	world.server.answers.set("GET /groups/lab", () => lab());
	const ann = await world.online();
	await ann.loadGroup("lab");
	expect(memberName(ann.model, "lab", "bob")).toBe("B");
	expect(displayName(ann.model, "bob")).toBe("Bob");
	world.server.answers.set("GET /friends", () => ({ friends: [{ ...bobIs("online"), remark: "Bobby" }] }));
	await ann.refresh(["friends"]);
	expect(memberName(ann.model, "lab", "bob")).toBe("Bobby");
	expect(displayName(ann.model, "bob")).toBe("Bobby");
	expect(displayName(ann.model, "eve")).toBe("eve");
});

test("who speaks in a long group and is on no list is asked for once", async () => {
	const world = new World();
	world.server.commit(LAB, "eve", "hello");
	world.server.answers.set("GET /groups/lab", () => lab({ next: 50 }));
	world.server.answers.set("GET /groups/lab/members?limit=50&q=eve", () => ({
		members: [{ username: "eve", display_name: "Eve", nickname: "E", role: "member" }],
		next: null,
	}));
	world.server.answers.set("GET /people/dan", () => ({ username: "dan", display_name: "…", deleted: true }));
	world.server.answers.set("GET /groups/lab/members?limit=50&q=dan", () => ({ members: [], next: null }));
	const ann = await world.online();
	await ann.loadGroup("lab");
	world.server.asked.length = 0;
	await ann.meet(LAB, ["eve", "dan"]);
	await ann.meet(LAB, ["eve", "dan"]);
	expect(memberName(ann.model, "lab", "eve")).toBe("E");
	expect(isDeleted(ann.model, "dan")).toBe(true);
	expect(world.server.asked).toEqual([
		"GET /groups/lab/members?limit=50&q=eve",
		"GET /groups/lab/members?limit=50&q=dan",
		"GET /people/dan",
	]);
});

test("a group that we are new to is told of by its title, also where only its name is known yet", async () => {
	const world = new World();
	const ann = await world.online();
	world.link.deliver("im/ann/notice", { type: "group_added", group: "pond", title: "The pond", by: "bob", at: 1 });
	expect(ann.model.toasts).toMatchObject([{ what: "group_added", who: "The pond", about: "pond" }]);
});

test("a request to join is told to an admin, with the way to answer, unless the group is muted", async () => {
	const world = new World();
	world.server.commit(LAB, "bob", "hello");
	const notice = { type: "join_request", id: 1, group: "lab", from: "eve", display_name: "Eve", text: "please", at: 1 };
	const ann = await world.online();
	world.link.deliver("im/ann/notice", notice);
	expect(ann.model.toasts).toMatchObject([{ what: "join_request", who: "group/lab", about: "lab", text: "please" }]);
	world.server.muted.set(LAB, world.clock.now() + 60_000);
	await ann.refresh(["conversations"]);
	world.link.deliver("im/ann/notice", notice);
	expect(ann.model.toasts).toHaveLength(1);
});

test.each([
	["friend_withdrawn", ["GET /friend-requests"]],
	["contact_changed", ["GET /friends"]],
	["profile_changed", ["GET /friends", "GET /people/bob"]],
])("the notice %s asks for %j", async (type, asked) => {
	const world = new World();
	world.server.commit(BOB, "bob", "hello");
	world.server.answers.set("GET /people/bob", () => ({ username: "bob", display_name: "Bob" }));
	await world.online();
	world.server.asked.length = 0;
	world.link.deliver("im/ann/notice", { type, who: "bob", at: 1 });
	await world.settle();
	expect(world.server.asked).toEqual(asked);
});

function deliverable(world: World, bodies: string[]): void {
	for (const body of bodies) world.server.commit(BOB, "bob", body);
}
