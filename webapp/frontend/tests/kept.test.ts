import { expect, test } from "vitest";
import type { ConversationKey } from "../src/contract/topics";
import { noteAccount, openKept } from "../src/messenger/kept";
import type { Messenger } from "../src/messenger/messenger";
import { Unreachable } from "../src/net/api";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";
const EVE: ConversationKey = "user/eve";

function texts(ann: Messenger, key: ConversationKey = BOB): string[] {
	return (
		ann.model.conversations.get(key)?.messages.map(({ body, content }) => (content.kind === "gone" ? "gone" : body)) ??
		[]
	);
}

async function later(world: World): Promise<void> {
	for (let turn = 0; turn < 3; turn += 1) {
		world.clock.pass(2_000);
		await world.settle();
	}
}

/** Ann has read what bob wrote, and closes the page. */
async function readAndClose(world: World, bodies: readonly string[] = ["one", "two"]): Promise<Messenger> {
	for (const body of bodies) world.server.commit(BOB, "bob", body);
	const ann = await world.keeping();
	await ann.show(BOB);
	await later(world);
	ann.stop();
	return ann;
}

/** The server answers again. */
async function answer(world: World, ann: Messenger): Promise<void> {
	ann.start();
	await world.settle();
	world.link.handlers.opened();
	await world.settle();
}

test("the pages open from what was kept, before the server was asked", async () => {
	const world = new World();
	await readAndClose(world);
	world.server.asked.length = 0;
	const ann = await world.reopen(BOB);
	expect(texts(ann)).toEqual(["one", "two"]);
	expect(ann.model.conversations.get(BOB)?.title).toBe(BOB);
	expect(ann.model.loaded).toBe(false);
	expect(world.server.asked).toEqual([]);
});

test("without a server what was kept is all there is", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	world.server.api.mqttToken = async () => {
		throw new Error("no answer");
	};
	ann.start();
	await world.settle();
	expect([ann.model.link, ann.model.loaded]).toEqual(["waiting", true]);
	await ann.show(BOB);
	expect(texts(ann)).toEqual(["one", "two"]);
});

test("where what was kept is shown, the other lists are asked for once, with the connection", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	world.server.asked.length = 0;
	await answer(world, ann);
	for (const list of ["friends", "friend-requests", "blocks", "groups"])
		expect(world.server.asked.filter((path) => path === `GET /${list}`)).toHaveLength(1);
});

test("where no connection is to be had, they are asked for all the same", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	world.server.asked.length = 0;
	ann.start();
	await world.settle();
	expect(world.server.asked).not.toContain("GET /friends");
	world.link.handlers.closed();
	await world.settle();
	expect(world.server.asked.filter((path) => path === "GET /friends")).toHaveLength(1);
});

test("what was written without a server stays, and leaves once, under its id", async () => {
	const world = new World();
	await readAndClose(world);
	const first = await world.reopen(BOB);
	first.send(BOB, { kind: "text", body: "three" });
	first.stop();
	await world.settle();
	const [id] = world.keep.names("outbox");
	const second = await world.reopen(BOB);
	expect(second.model.conversations.get(BOB)?.pending.map((item) => item.id)).toEqual([id]);
	await answer(world, second);
	expect(world.link.on("send").map(({ payload }) => payload)).toEqual([{ id, kind: "text", body: "three" }]);
});

test("what came and what was taken back meanwhile is right as soon as the server has answered", async () => {
	const world = new World();
	await readAndClose(world);
	world.server.put(BOB, "bob", { kind: "recall", of: 1 });
	world.server.put(BOB, "bob", { id: "m4", kind: "text", body: "four" });
	world.server.rewrite(BOB, 1, { kind: "gone", by: "bob", body: "" });
	const ann = await world.reopen(BOB);
	void ann.show(BOB);
	await answer(world, ann);
	expect(texts(ann)).toEqual(["gone", "two", "", "four"]);
	await later(world);
	expect(JSON.stringify(world.keep.records.get(`conversations ann ${BOB}`))).not.toContain('"one"');
});

test("a message that was hidden elsewhere, which no entry tells, is gone after the first answer", async () => {
	const world = new World();
	await readAndClose(world);
	world.server.rewrite(BOB, 2, { kind: "gone", hidden: true, body: "" });
	const ann = await world.reopen(BOB);
	void ann.show(BOB);
	await answer(world, ann);
	expect(texts(ann)).toEqual(["one", "gone"]);
});

test("a kept conversation that nobody opens is brought up to date as well", async () => {
	const world = new World();
	await readAndClose(world);
	world.server.put(BOB, "bob", { kind: "recall", of: 1 });
	world.server.rewrite(BOB, 1, { kind: "gone", by: "bob", body: "" });
	const ann = await world.reopen();
	await answer(world, ann);
	await later(world);
	expect(JSON.stringify(world.keep.records.get(`conversations ann ${BOB}`))).not.toContain('"one"');
});

test("a recall that comes live reaches what is kept of a conversation that is not in view", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	await answer(world, ann);
	const recall = world.server.put(BOB, "bob", { kind: "recall", of: 1 });
	world.link.deliver(`im/ann/inbox/${BOB}`, world.server.wireOf(BOB, recall));
	await later(world);
	expect(JSON.stringify(world.keep.records.get(`conversations ann ${BOB}`))).not.toContain('"one"');
	expect(texts(ann)).toEqual(["gone", "two", ""]);
});

test("a message that is hidden in another window is gone from what is kept", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	await answer(world, ann);
	world.link.deliver("im/ann/notice", { type: "hidden", key: BOB, seqs: [2], at: 1 });
	await later(world);
	expect(JSON.stringify(world.keep.records.get(`conversations ann ${BOB}`))).not.toContain('"two"');
});

test("what comes to a conversation that is not in view joins what is kept of it", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	await answer(world, ann);
	const three = world.server.commit(BOB, "bob", "three");
	world.link.deliver(`im/ann/inbox/${BOB}`, world.server.wireOf(BOB, three));
	await later(world);
	ann.stop();
	expect(texts(await world.reopen(BOB))).toEqual(["one", "two", "three"]);
});

test("words that the server does not have yet come back with the page and are told it", async () => {
	const world = new World();
	await readAndClose(world);
	const path = `PUT /conversations/${BOB}/draft`;
	world.server.answers.set(path, () => {
		throw new Unreachable("no answer");
	});
	const first = await world.reopen(BOB);
	first.drafts.note(BOB, { body: "well", reply: null });
	await later(world);
	first.stop();
	const second = await world.reopen(BOB);
	expect(second.model.conversations.get(BOB)?.draft).toEqual({ body: "well", reply: null });
	world.server.answers.set(path, () => world.server.drafts.set(BOB, { body: "well", reply: null }));
	world.server.asked.length = 0;
	await answer(world, second);
	expect(second.model.conversations.get(BOB)?.draft).toEqual({ body: "well", reply: null });
	expect(world.server.asked).toContain(path);
});

test("a conversation that left the list is kept no more", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	world.server.logs.delete(BOB);
	await answer(world, ann);
	await later(world);
	expect(world.keep.names("conversations")).toEqual([]);
});

test("a record that cannot be read is passed over", async () => {
	const world = new World();
	await readAndClose(world);
	world.keep.records.set(`conversations ann ${BOB}`, { messages: "all" });
	const ann = await world.reopen(BOB);
	expect(texts(ann)).toEqual([]);
	await ann.show(BOB);
	await answer(world, ann);
	expect(texts(ann)).toEqual(["one", "two"]);
	world.keep.records.set("lists ann heads", 7);
	expect(await openKept(world.keep, "ann")).toBeNull();
});

test("on a full disk nothing is kept, and everything works", async () => {
	const world = new World();
	world.keep.full = true;
	const ann = await readAndClose(world);
	expect(texts(ann)).toEqual(["one", "two"]);
	expect(await openKept(world.keep, "ann")).toBeNull();
});

test("a sign-in that ended elsewhere takes along what was read, and leaves what was not sent", async () => {
	const world = new World();
	world.server.commit(BOB, "bob", "one");
	const ann = await world.keeping();
	await ann.show(BOB);
	ann.send(EVE, { kind: "text", body: "hello" });
	await later(world);
	world.server.signedIn = false;
	world.link.handlers.closed();
	world.clock.pass(500);
	await world.settle();
	expect(world.signedOut).toBe(true);
	expect([...world.keep.records.keys()].map((key) => key.split(" ")[0])).toEqual(["outbox"]);
	expect(world.shelf.keys()).toEqual([]);
});

test("a window that is still open when another one signed out keeps nothing any more", async () => {
	const world = new World();
	world.server.commit(BOB, "bob", "one");
	const ann = await world.keeping();
	world.shelf.remove("hongyan.account");
	await ann.show(BOB);
	await later(world);
	expect([...world.keep.records.keys()]).toEqual([]);
});

test("what was kept of another goes when somebody signs in", async () => {
	const world = new World();
	await readAndClose(world);
	await noteAccount(world.platform, "eve");
	expect([...world.keep.records.keys()]).toEqual([]);
	expect(world.shelf.get("hongyan.account")).toBe("eve");
});

test("a browser that is to keep nothing keeps what waits to be sent alone", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen(BOB);
	await ann.kept.turn(false);
	ann.send(BOB, { kind: "text", body: "three" });
	await later(world);
	expect([...world.keep.records.keys()].map((key) => key.split(" ")[0])).toEqual(["outbox"]);
	await ann.kept.turn(true);
	await later(world);
	expect((await openKept(world.keep, "ann"))?.model.conversations.get(BOB)?.lastSeq).toBe(2);
	expect(world.keep.names("conversations")).toEqual([BOB]);
});

test("what was thrown away is not written again because something was about to be", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen(BOB);
	ann.kept.note();
	await ann.kept.clear();
	await later(world);
	expect([...world.keep.records.keys()]).toEqual([]);
});

test("what was thrown away is not written again by who was reading it just then", async () => {
	const world = new World();
	await readAndClose(world);
	const ann = await world.reopen();
	await answer(world, ann);
	let letIn = () => {};
	world.keep.door = new Promise((resolve) => {
		letIn = resolve;
	});
	const three = world.server.commit(BOB, "bob", "three");
	world.link.deliver(`im/ann/inbox/${BOB}`, world.server.wireOf(BOB, three)); // its window is read before it is written
	await later(world);
	await ann.kept.clear();
	letIn();
	await later(world);
	expect([...world.keep.records.keys()]).toEqual([]);
	const four = world.server.commit(BOB, "bob", "four");
	world.link.deliver(`im/ann/inbox/${BOB}`, world.server.wireOf(BOB, four));
	await later(world);
	expect(JSON.stringify(world.keep.records.get(`conversations ann ${BOB}`))).not.toContain('"one"');
	expect((await openKept(world.keep, "ann"))?.model.me.username).toBe("ann");
});

test("the fifty newest conversations are kept", async () => {
	const world = new World();
	const keys = Array.from({ length: 52 }, (_, index): ConversationKey => `user/p${index}`);
	for (const [index, key] of keys.entries())
		world.server.put(key, "bob", { kind: "text", body: "x", at: 1_790_000_000_000 + index });
	const ann = await world.keeping();
	for (const key of keys) await ann.show(key);
	for (let turn = 0; turn < 12; turn += 1) await later(world);
	const kept = world.keep.names("conversations");
	expect(kept).toHaveLength(50);
	expect(kept).not.toContain("user/p0");
	expect(kept).not.toContain("user/p1");
});
