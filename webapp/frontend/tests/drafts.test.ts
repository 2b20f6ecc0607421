import { expect, test } from "vitest";
import type { ConversationKey } from "../src/contract/topics";
import { Unreachable } from "../src/net/api";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";

function world() {
	const world = new World();
	world.server.answers.set("PUT /conversations/user/bob/draft", () => null);
	world.server.answers.set("DELETE /conversations/user/bob/draft", () => null);
	world.server.commit(BOB, "bob", "one");
	return world;
}

function asked(world: World): string[] {
	return world.server.asked.filter((line) => line.endsWith("/draft"));
}

function draft(ann: Awaited<ReturnType<World["online"]>>): string | undefined {
	return ann.model.conversations.get(BOB)?.draft?.body;
}

test("what is written is saved a second after the last key", async () => {
	const home = world();
	const ann = await home.online();
	ann.drafts.note(BOB, { body: "I", reply: null });
	home.clock.pass(900);
	ann.drafts.note(BOB, { body: "I think", reply: null });
	home.clock.pass(900);
	expect(asked(home)).toEqual([]);
	home.clock.pass(100);
	await home.settle();
	expect(asked(home)).toEqual(["PUT /conversations/user/bob/draft"]);
	expect(draft(ann)).toBe("I think");
});

test("words that were sent or taken back are removed from the server, if it had them", async () => {
	const home = world();
	const ann = await home.online();
	ann.drafts.note(BOB, { body: "", reply: null });
	await ann.drafts.save(BOB);
	expect(asked(home)).toEqual([]);
	ann.drafts.note(BOB, { body: "I", reply: null });
	await ann.drafts.save(BOB);
	ann.drafts.note(BOB, { body: " ", reply: null });
	await ann.drafts.save(BOB);
	expect(asked(home)).toEqual(["PUT /conversations/user/bob/draft", "DELETE /conversations/user/bob/draft"]);
	expect(draft(ann)).toBeUndefined();
});

test("what was written on another device comes with its notice", async () => {
	const home = world();
	const ann = await home.online();
	home.server.drafts.set(BOB, { body: "from the phone", reply: null });
	home.link.deliver("im/ann/notice", { type: "draft", key: BOB, at: 1 });
	await home.settle();
	expect(draft(ann)).toBe("from the phone");
});

test("what is being written here is not overwritten by what the server still has", async () => {
	const home = world();
	home.server.drafts.set(BOB, { body: "old", reply: null });
	const ann = await home.online();
	ann.drafts.note(BOB, { body: "new", reply: null });
	await ann.refresh(["conversations"]);
	home.server.drafts.set(BOB, { body: "older", reply: null });
	await ann.refresh(["conversations"]);
	expect(draft(ann)).toBe("old");
	home.clock.pass(1_000);
	expect(draft(ann)).toBe("new");
});

test("the notice about what this page saved itself asks for nothing", async () => {
	const home = world();
	const ann = await home.online();
	ann.drafts.note(BOB, { body: "I", reply: null });
	await ann.drafts.save(BOB);
	home.link.deliver("im/ann/notice", { type: "draft", key: BOB, at: 1 });
	await home.settle();
	expect(draft(ann)).toBe("I"); // the server of this test has none: asked, it would say so
});

test("a draft that found no network is saved after the reconnect", async () => {
	const home = world();
	const ann = await home.online();
	home.server.answers.set("PUT /conversations/user/bob/draft", () => {
		throw new Unreachable("gone");
	});
	ann.drafts.note(BOB, { body: "I", reply: null });
	await ann.drafts.save(BOB);
	home.server.answers.set("PUT /conversations/user/bob/draft", () => null);
	await home.reconnect();
	expect(asked(home)).toHaveLength(2);
});
