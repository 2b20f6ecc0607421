import { expect, test } from "vitest";
import type { Friend } from "../../src/contract/contacts";
import { arrangeFriends, countLabels, daysLeft, findLinkCode, withLabel } from "../../src/model/contacts";

function friend(username: string, change: Partial<Friend> = {}): Friend {
	const presence = { state: "offline", text: "", lastSeen: null } as const;
	const face = { username, displayName: username, picture: null, kind: "person", deleted: false } as const;
	return { ...face, remark: "", labels: [], starred: false, presence, ...change };
}

const FRIENDS = [
	friend("eve", { labels: ["work"] }),
	friend("bob", { remark: "Zed", labels: ["tea", "work"] }),
	friend("dan", { starred: true }),
	friend("cat"),
];

test("starred friends come first, then all by the name that is shown", () => {
	expect(arrangeFriends(FRIENDS, "").map(({ username }) => username)).toEqual(["dan", "cat", "eve", "bob"]);
	expect(arrangeFriends(FRIENDS, "work").map(({ username }) => username)).toEqual(["eve", "bob"]);
	expect(arrangeFriends(FRIENDS, "nobody")).toEqual([]);
	expect(FRIENDS[0]?.username).toBe("eve"); // the list of the model is left alone
});

test("labels are counted, by name", () => {
	expect(countLabels(FRIENDS)).toEqual([
		{ label: "tea", count: 1 },
		{ label: "work", count: 2 },
	]);
});

test.each([
	["a new one", " tea ", ["work", "tea"]],
	["one that is there", "work", ["work"]],
	["nothing", "  ", ["work"]],
	["a long one", "x".repeat(40), ["work", "x".repeat(32)]],
])("a label more: %s", (_, typed, labels) => {
	expect(withLabel(["work"], typed)).toEqual(labels);
});

test.each([
	[14 * 86_400_000, 14],
	[86_400_001, 2],
	[1, 1],
	[0, 0],
	[-5, 0],
])("%i ms before its end a request has %i days left", (left, days) => {
	expect(daysLeft(1_790_000_000_000 + left, 1_790_000_000_000)).toBe(days);
});

test.each([
	["https://chat.example/#/join/abc23", "abc23"],
	["  http://127.0.0.1:8000/#/join/abc23 ", "abc23"],
	["#/join/abc23", "abc23"],
	["join", null],
	["https://chat.example/#/join/", null],
	["https://chat.example/#/join/a b", null],
])("the code in %s is %s", (text, code) => {
	expect(findLinkCode(text)).toBe(code);
});
