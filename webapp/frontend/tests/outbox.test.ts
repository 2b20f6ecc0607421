import { expect, test } from "vitest";
import type { ConversationKey } from "../src/contract/topics";
import { Outbox } from "../src/model/outbox";
import { FakeKeep, FakeShelf, World } from "./support/world";

const BOB: ConversationKey = "user/bob";
const HI = { kind: "text", body: "hi" } as const;

function waiting(id: string, at: number, body = id) {
	return { key: BOB, id, draft: { kind: "text", body } as const, files: [], at };
}

async function settle(): Promise<void> {
	for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("what waits comes back oldest first, and goes when it is removed", async () => {
	const outbox = new Outbox(new FakeKeep(), new FakeShelf(), "ann");
	outbox.put(waiting("b", 2));
	outbox.put(waiting("a", 1));
	expect((await outbox.load()).map(({ id }) => id)).toEqual(["a", "b"]);
	outbox.remove("a");
	expect(await outbox.load()).toEqual([waiting("b", 2)]);
});

test("another account's messages are none of ours", async () => {
	const keep = new FakeKeep();
	new Outbox(keep, new FakeShelf(), "eve").put(waiting("a", 1));
	const outbox = new Outbox(keep, new FakeShelf(), "ann");
	outbox.clear();
	await settle();
	expect(keep.names("outbox", "eve")).toEqual(["a"]);
	expect(await outbox.load()).toEqual([]);
});

test.each([
	["no object", "nothing"],
	["no draft", { key: BOB, id: "a", files: [], at: 1 }],
	["a draft that the exchange would refuse", { ...waiting("a", 1), draft: { kind: "text" } }],
	["a conversation that is none", { ...waiting("a", 1), key: "room/bob" }],
	["the id of another", waiting("b", 1)],
])("a record that cannot be read is thrown away: %s", async (_, value) => {
	const keep = new FakeKeep();
	await keep.write("ann", [{ store: "outbox", name: "a", value }]);
	expect(await new Outbox(keep, new FakeShelf(), "ann").load()).toEqual([]);
	await settle();
	expect(keep.names("outbox")).toEqual([]);
});

test("what an earlier version left on the shelf is taken over once", async () => {
	const [keep, shelf] = [new FakeKeep(), new FakeShelf()];
	shelf.set("hongyan.outbox.ann/a", JSON.stringify(waiting("a", 1)));
	shelf.set("hongyan.outbox.ann/b", "{");
	shelf.set("hongyan.outbox.annie/c", JSON.stringify(waiting("c", 1)));
	expect(await new Outbox(keep, shelf, "ann").load()).toEqual([waiting("a", 1)]);
	expect(shelf.keys()).toEqual(["hongyan.outbox.annie/c"]);
	expect(keep.names("outbox")).toEqual(["a"]);
});

test("on a full disk the shelf keeps what it has, and a message leaves all the same", async () => {
	const world = new World();
	world.keep.full = true;
	world.shelf.set("hongyan.outbox.ann/a", JSON.stringify(waiting("a", 1)));
	const ann = await world.online();
	ann.send(BOB, HI);
	expect(world.link.on("send")).toHaveLength(1);
	expect(ann.model.conversations.get(BOB)?.pending).toHaveLength(1);
	expect(world.shelf.keys()).toEqual(["hongyan.outbox.ann/a"]);
});

test("of two windows each sends and removes by the id alone", async () => {
	const world = new World();
	const first = await world.online();
	world.link.handlers.closed();
	first.send(BOB, HI);
	const second = await world.online();
	second.send(BOB, { kind: "text", body: "and so do I" });
	await world.settle();
	expect(world.keep.names("outbox")).toHaveLength(2);
	const [one] = world.link.on("send").map(({ payload }) => payload as { id: string });
	const stamped = world.server.commit(BOB, "ann", "hi", one?.id);
	world.link.deliver(`im/ann/sent/${BOB}`, world.server.wireOf(BOB, stamped));
	await world.settle();
	expect(world.keep.names("outbox")).toHaveLength(1);
	expect(second.model.conversations.get(BOB)?.pending.map(({ draft }) => draft.kind === "text" && draft.body)).toEqual([
		"and so do I",
	]);
});

test("a message that the worker has sent meanwhile is shown once, and nothing of it waits", async () => {
	const world = new World();
	const first = await world.online();
	world.link.handlers.closed();
	first.send(BOB, HI);
	const [id] = world.keep.names("outbox");
	first.stop();
	world.server.commit(BOB, "ann", "hi", id);
	const second = world.start();
	await world.settle();
	await second.show(BOB);
	await world.settle();
	expect(second.model.conversations.get(BOB)?.pending).toEqual([]);
	expect(second.model.conversations.get(BOB)?.messages).toHaveLength(1);
	expect(world.keep.names("outbox")).toEqual([]);
});
