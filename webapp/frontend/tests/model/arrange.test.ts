import { expect, test } from "vitest";
import type { ConversationKey } from "../../src/contract/topics";
import {
	type Arrangement,
	arrange,
	arrangementOf,
	type Filter,
	isUnread,
	neighbour,
	parseWishes,
	type Wish,
	type Wishes,
	writeWishes,
} from "../../src/model/arrange";
import { type Conversation, emptyConversation } from "../../src/model/conversation";

function conversation(key: ConversationKey, unread = 0): Conversation {
	return { ...emptyConversation(key), unread };
}

const LIST = [
	conversation("user/bob"),
	conversation("group/lab", 3),
	conversation("user/eve"),
	conversation("group/home"),
];
const NOBODY: ReadonlySet<string> = new Set();
const UNARRANGED = arrangementOf(LIST, new Map());

function wished(...wishes: Wish[]): Arrangement {
	return arrangementOf(LIST, new Map(wishes.map((wish) => [wish, true])));
}

function shown(arrangement: Arrangement, filter: Filter, open: ConversationKey | null = null): string[] {
	return arrange(LIST, arrangement, filter, new Set(["eve"]), open).map(({ key }) => key);
}

test("the pinned come first, in the order of the others; the archived are away", () => {
	const pinned = wished("pinned group/home", "pinned user/eve");
	expect(shown(pinned, { chip: "all" })).toEqual(["user/eve", "group/home", "user/bob", "group/lab"]);
	const archived = wished("pinned group/home", "pinned user/eve", "archived user/eve");
	expect(shown(archived, { chip: "all" })).toEqual(["group/home", "user/bob", "group/lab"]);
	expect(shown(archived, { chip: "archived" })).toEqual(["user/eve"]);
});

test.each([
	[{ chip: "people" }, ["user/bob", "user/eve"]],
	[{ chip: "groups" }, ["group/lab", "group/home"]],
	[{ chip: "unread" }, ["group/lab"]],
	[{ label: "work" }, ["user/eve"]],
] as const)("%j shows %j", (filter, keys) => {
	expect(shown(UNARRANGED, filter)).toEqual(keys);
});

test("what is open stays among the unread, and so does what was marked", () => {
	const marked = wished("unread user/eve");
	expect(shown(marked, { chip: "unread" }, "user/bob")).toEqual(["user/bob", "group/lab", "user/eve"]);
});

test("a new message leaves an archived conversation where it is", () => {
	const told = [{ ...conversation("user/eve", 1), listMarks: ["archived"] as const }];
	expect(arrange(told, arrangementOf(told, new Map()), { chip: "all" }, NOBODY, null)).toEqual([]);
	expect(arrange(told, arrangementOf(told, new Map()), { chip: "unread" }, NOBODY, null)).toEqual([]);
});

test("what is wished for goes before what the server said", () => {
	const told = [{ ...conversation("user/bob"), listMarks: ["pinned", "archived"] as const }, conversation("user/eve")];
	const wishes: Wishes = new Map<Wish, boolean>([
		["archived user/bob", false],
		["unread user/eve", true],
	]);
	expect(arrangementOf(told, wishes)).toEqual({
		pinned: new Set(["user/bob"]),
		archived: new Set(),
		unread: new Set(["user/eve"]),
	});
});

test("wishes read back as they were written, and anything else is none", () => {
	const wishes: Wishes = new Map<Wish, boolean>([
		["pinned user/bob", true],
		["unread group/lab", false],
	]);
	expect(parseWishes(writeWishes(wishes))).toEqual(wishes);
	const texts = [null, "", "7", "null", '{"pinned":["nowhere"]}', '{"pinned user":true}', '{"starred user/bob":true}'];
	for (const text of texts) expect(parseWishes(text)).toEqual(new Map());
});

test("an arrangement of the time when only the browser knew of it is wished for", () => {
	const text = '{"pinned":["user/bob"],"archived":[],"unread":["group/lab","user/eve"]}';
	expect([...parseWishes(text)]).toEqual([
		["pinned user/bob", true],
		["unread group/lab", true],
		["unread user/eve", true],
	]);
});

test("the neighbours go around the ends, and unread ones can be asked for alone", () => {
	expect(neighbour(LIST, "user/bob", 1)).toBe("group/lab");
	expect(neighbour(LIST, "user/bob", -1)).toBe("group/home");
	expect(neighbour(LIST, null, 1)).toBe("user/bob");
	expect(neighbour(LIST, null, -1)).toBe("group/home");
	const unread = (item: Conversation) => isUnread(item, UNARRANGED);
	expect(neighbour(LIST, "user/bob", -1, unread)).toBe("group/lab");
	expect(neighbour(LIST, "group/lab", 1, unread)).toBeNull();
	expect(neighbour([], null, 1)).toBeNull();
	expect(arrange([], UNARRANGED, { chip: "all" }, NOBODY, null)).toEqual([]);
});
