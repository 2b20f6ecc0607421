import { expect, test } from "vitest";
import type { ConversationKey } from "../src/contract/topics";
import type { Messenger } from "../src/messenger/messenger";
import { arrangementOf } from "../src/model/arrange";
import { ApiError, Unreachable } from "../src/net/api";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";
const SHELF = "hongyan.list.ann";
const PIN = "/conversations/user/bob/marks/pinned";

/** A server that keeps marks, and says so to nobody. */
function world() {
	const home = new World();
	home.server.commit(BOB, "bob", "one");
	home.server.answers.set(`PUT ${PIN}`, () => home.server.listMarks.set(BOB, ["pinned"]));
	home.server.answers.set(`DELETE ${PIN}`, () => home.server.listMarks.set(BOB, []));
	return home;
}

function asked(home: World): string[] {
	return home.server.asked.filter((line) => line.includes("/marks/"));
}

function pinned(ann: Messenger): ConversationKey[] {
	return [...arrangementOf([...ann.model.conversations.values()], ann.model.wishes).pinned];
}

test("what is chosen shows at once, is told, and then is the server's alone", async () => {
	const home = world();
	const ann = await home.online();
	ann.listMarks.choose("pinned", BOB, true);
	expect(pinned(ann)).toEqual([BOB]);
	await home.settle();
	expect(asked(home)).toEqual([`PUT ${PIN}`]);
	expect([pinned(ann), ann.model.wishes.size, home.shelf.get(SHELF)]).toEqual([[BOB], 0, null]);
	expect(ann.model.conversations.get(BOB)?.listMarks).toEqual(["pinned"]);
});

test("what another device chose comes with its notice", async () => {
	const home = world();
	const ann = await home.online();
	home.server.listMarks.set(BOB, ["pinned", "archived"]);
	home.link.deliver("im/ann/notice", { type: "list_marked", key: BOB, at: 1 });
	await home.settle();
	expect(ann.model.conversations.get(BOB)?.listMarks).toEqual(["pinned", "archived"]);
});

test("what found no network holds on this page and the next, and is told after the reconnect", async () => {
	const home = world();
	const ann = await home.online();
	const put = home.server.answers.get(`PUT ${PIN}`);
	home.server.answers.set(`PUT ${PIN}`, () => {
		throw new Unreachable("gone");
	});
	ann.listMarks.choose("pinned", BOB, true);
	await ann.refresh(["conversations"]);
	await home.settle();
	expect(pinned(ann)).toEqual([BOB]);
	ann.stop();
	home.server.answers.set(`PUT ${PIN}`, put ?? (() => null));
	const later = await home.online();
	expect([pinned(later), later.model.wishes.size, home.shelf.get(SHELF)]).toEqual([[BOB], 0, null]);
	expect(asked(home)).toEqual([`PUT ${PIN}`, `PUT ${PIN}`]);
});

test("what a busy server did not take is told a little later", async () => {
	const home = world();
	const ann = await home.online();
	const put = home.server.answers.get(`PUT ${PIN}`);
	home.server.answers.set(`PUT ${PIN}`, () => {
		throw new ApiError(429, "rate_limited", "");
	});
	ann.listMarks.choose("pinned", BOB, true);
	await home.settle();
	home.server.answers.set(`PUT ${PIN}`, put ?? (() => null));
	home.clock.pass(15_000);
	await home.settle();
	expect([pinned(ann), home.shelf.get(SHELF)]).toEqual([[BOB], null]);
});

test("what is chosen otherwise while it is told is told, too", async () => {
	const home = world();
	const ann = await home.online();
	ann.listMarks.choose("pinned", BOB, true);
	ann.listMarks.choose("pinned", BOB, false);
	expect(pinned(ann)).toEqual([]);
	await home.settle();
	expect(asked(home)).toEqual([`PUT ${PIN}`, `DELETE ${PIN}`]);
	expect([pinned(ann), ann.model.wishes.size, home.shelf.get(SHELF)]).toEqual([[], 0, null]);
});

test("an answer from before it was told does not take it back", async () => {
	const home = world();
	const ann = await home.online();
	const { conversations } = home.server.api;
	let answer = () => {};
	home.server.api.conversations = async () => {
		const heads = await conversations();
		await new Promise<void>((resolve) => {
			answer = resolve;
		});
		return heads;
	};
	const refreshed = ann.refresh(["conversations"]);
	await home.settle();
	ann.listMarks.choose("pinned", BOB, true);
	await home.settle();
	home.server.api.conversations = conversations;
	const seen: number[] = [];
	answer();
	for (let turn = 0; turn < 20; turn += 1) {
		await Promise.resolve();
		seen.push(pinned(ann).length);
	}
	await refreshed;
	await home.settle();
	expect(new Set(seen)).toEqual(new Set([1]));
	expect([pinned(ann), ann.model.wishes.size]).toEqual([[BOB], 0]);
});

test("what the server refuses is taken back and said; a conversation that is no more is passed over", async () => {
	const home = world();
	const ann = await home.online();
	home.server.answers.set(`PUT ${PIN}`, () => {
		throw new ApiError(409, "too_many", "The limit of 100 is reached.");
	});
	ann.listMarks.choose("pinned", BOB, true);
	ann.listMarks.choose("pinned", "user/gone", true);
	home.server.answers.set("PUT /conversations/user/gone/marks/pinned", () => {
		throw new ApiError(404, "unknown_conversation", "");
	});
	await home.settle();
	expect([pinned(ann), home.shelf.get(SHELF)]).toEqual([[], null]);
	expect(ann.model.toasts.map(({ what, about, text }) => [what, about, text])).toEqual([
		["refused", "too_many", "The limit of 100 is reached."],
	]);
});

test("an arrangement that only this browser knew is sent up once and forgotten", async () => {
	const home = world();
	home.shelf.set(SHELF, '{"pinned":["user/bob"],"archived":[],"unread":[]}');
	const ann = await home.online();
	expect(asked(home)).toEqual([`PUT ${PIN}`]);
	expect([pinned(ann), ann.model.wishes.size, home.shelf.get(SHELF)]).toEqual([[BOB], 0, null]);
});

test("reading takes the mark unread back, here and on another device", async () => {
	const home = world();
	home.server.listMarks.set(BOB, ["pinned", "unread"]);
	const ann = await home.online();
	expect(ann.model.conversations.get(BOB)?.listMarks).toEqual(["pinned", "unread"]);
	home.link.deliver("im/ann/live/read/user/bob", { from: "ann", seq: 1 });
	expect(ann.model.conversations.get(BOB)?.listMarks).toEqual(["pinned"]);
	await ann.refresh(["conversations"]); // the answer is older than the mark
	expect(ann.model.conversations.get(BOB)?.listMarks).toEqual(["pinned"]);
});

test("signing out leaves nothing of it", async () => {
	const home = world();
	home.server.answers.set(`PUT ${PIN}`, () => {
		throw new Unreachable("gone");
	});
	const ann = await home.online();
	ann.listMarks.choose("pinned", BOB, true);
	await home.settle();
	await ann.signOut();
	expect(home.shelf.get(SHELF)).toBeNull();
});
