import { expect, test } from "vitest";
import type { ConversationKey } from "../src/contract/topics";
import type { Messenger } from "../src/messenger/messenger";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";

function seqs(ann: Messenger): number[] {
	return (ann.model.conversations.get(BOB)?.messages ?? []).map(({ seq }) => seq);
}

async function long(count: number): Promise<{ world: World; ann: Messenger }> {
	const world = new World();
	for (let seq = 1; seq <= count; seq += 1) world.server.commit(BOB, "bob", `m${seq}`);
	world.server.readSeq = count;
	const ann = await world.online();
	await ann.show(BOB);
	await world.settle();
	return { world, ann };
}

test("who scrolls through a long conversation up and down holds a bounded part of it, without a hole", async () => {
	const { ann } = await long(400);
	while (seqs(ann)[0] !== 1) {
		const [first = 0] = seqs(ann);
		await ann.history.loadOlder(BOB, () => ({ first, last: first + 20 }));
		expect(seqs(ann)).toHaveLength(Math.min(150, 400 - (seqs(ann)[0] ?? 0) + 1));
	}
	expect(ann.model.conversations.get(BOB)).toMatchObject({ detached: true, upto: 150, lastSeq: 400 });
	while (seqs(ann).at(-1) !== 400) {
		const last = seqs(ann).at(-1) ?? 0;
		await ann.history.loadNewer(BOB, () => ({ first: last - 20, last }));
		expect(seqs(ann).length).toBeLessThanOrEqual(150);
		expect(seqs(ann)).toEqual(Array.from({ length: seqs(ann).length }, (_, index) => (seqs(ann)[0] ?? 0) + index));
	}
	await ann.history.loadNewer(BOB); // a full page does not tell that it was the last
	expect(ann.model.conversations.get(BOB)?.detached).toBe(false);
});

test("what comes while others are read is let go of, and is there at the end", async () => {
	const { world, ann } = await long(150);
	while (seqs(ann)[0] !== 1) await ann.history.loadOlder(BOB);
	for (let seq = 151; seq <= 180; seq += 1) {
		const message = world.server.put(BOB, "bob", { kind: "text", body: `m${seq}` });
		world.link.deliver(`im/ann/inbox/${BOB}`, world.server.wireOf(BOB, message));
	}
	ann.history.hold(BOB, { first: 1, last: 30 });
	expect(seqs(ann)).toHaveLength(150);
	expect(ann.model.conversations.get(BOB)).toMatchObject({ detached: true, unread: 30 });
	await ann.history.goToEnd(BOB);
	expect(seqs(ann).at(-1)).toBe(180);
});

async function unread(count: number): Promise<{ world: World; ann: Messenger }> {
	const world = new World();
	for (let seq = 1; seq <= 200; seq += 1) world.server.commit(BOB, "bob", `m${seq}`);
	world.server.readSeq = 200 - count;
	return { world, ann: await world.online() };
}

function pagesAsked({ server }: World): string[] {
	return server.asked.filter((asked) => asked.startsWith(BOB));
}

test("with more than a page unread it opens at the first of them, and asks for nothing before", async () => {
	const { world, ann } = await unread(120);
	await ann.show(BOB);
	expect(pagesAsked(world)).toEqual(['user/bob {"around":81}']);
	expect(seqs(ann)).toContain(81);
	expect(ann.model.conversations.get(BOB)).toMatchObject({ detached: true, readSeq: 80, unread: 120 });
	await ann.show(BOB); // a reconnect moves nothing
	expect(pagesAsked(world)).not.toContain('user/bob {"around":201}');
	expect(seqs(ann)).toContain(81);
});

test("with a page unread the end of the log is all that it takes", async () => {
	const { world, ann } = await unread(50);
	await ann.show(BOB);
	expect(pagesAsked(world)).toEqual(['user/bob {"before":201}']);
	expect([seqs(ann)[0], seqs(ann).at(-1)]).toEqual([151, 200]);
});

test("who goes to a message while the first unread one is asked for stays there", async () => {
	const { ann } = await unread(120);
	await Promise.all([ann.history.goTo(BOB, 10), ann.show(BOB)]);
	expect(seqs(ann)).toContain(10);
	expect(seqs(ann)).not.toContain(81);
});
