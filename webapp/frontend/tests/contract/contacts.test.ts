import { expect, test } from "vitest";
import { parseHead } from "../../src/contract/api";
import { parseBlock, parseFriend, parseFriendRequests, parsePerson, parseProfile } from "../../src/contract/contacts";

const BOB = { username: "bob", display_name: "小波" };

test("a friend carries what only we keep about them", () => {
	const presence = { state: "away", text: "lunch", last_seen: 7 };
	const notes = { remark: "Bobby", labels: ["work", "tea"], starred: true };
	expect(parseFriend({ ...BOB, picture: "v1", kind: "person", ...notes, presence })).toEqual({
		username: "bob",
		displayName: "小波",
		picture: "v1",
		kind: "person",
		deleted: false,
		remark: "Bobby",
		labels: ["work", "tea"],
		starred: true,
		presence: { state: "away", text: "lunch", lastSeen: 7 },
	});
});

test.each([
	["no more than names", BOB, { picture: null, kind: "person", deleted: false }],
	["a kind of tomorrow", { ...BOB, kind: "ghost" }, { kind: "person" }],
	["an empty picture", { ...BOB, picture: "" }, { picture: null }],
	["a deleted account", { ...BOB, deleted: true }, { deleted: true }],
	["the name of a deleted account", { username: "bob", display_name: "…" }, { deleted: true }],
])("a person with %s", (_, wire, parsed) => {
	expect(parsePerson(wire)).toMatchObject({ username: "bob", relation: "none", ...parsed });
});

test.each([
	["no name", { display_name: "Bob" }],
	["a name of another type", { username: 7 }],
	["no object", "bob"],
])("a person with %s is refused", (_, wire) => {
	expect(() => parsePerson(wire)).toThrow();
});

test("labels of another type are no labels", () => {
	expect(parseProfile({ ...BOB, labels: ["work", 7] })).toMatchObject({ labels: ["work"] });
	expect(parseProfile({ ...BOB, labels: "work" })).toMatchObject({ labels: [] });
});

test("the card of a device names its owner and when it was seen", () => {
	const presence = { state: "offline", text: "", last_seen: 5 };
	const card = {
		username: "thermo",
		display_name: "Thermometer",
		kind: "device",
		owner: "ann",
		about: "cellar",
		presence,
	};
	expect(parseProfile(card)).toMatchObject({
		kind: "device",
		owner: "ann",
		about: "cellar",
		presence: { state: "offline", text: "", lastSeen: 5 },
	});
	expect(parseProfile(BOB)).toMatchObject({ owner: null, presence: null });
});

test("a request ends after fourteen days where the server does not say when, and may be for a bot", () => {
	const request = { id: 1, from: "bob", to: "robo", display_name: "小波", text: "hi", created_at: 1_000 };
	const sent = { id: 2, to: "eve", text: "", created_at: 5, expires_at: 9 };
	const { incoming, outgoing } = parseFriendRequests({ incoming: [request], outgoing: [sent] });
	expect(incoming[0]).toMatchObject({ who: "bob", bot: "robo", expiresAt: 1_209_601_000 });
	expect(outgoing[0]).toMatchObject({ who: "eve", displayName: "eve", bot: null, expiresAt: 9 });
});

test("a block says since when, where that is told", () => {
	expect(parseBlock({ ...BOB, since: 3 }).since).toBe(3);
	expect(parseBlock(BOB).since).toBeNull();
});

test("a conversation says until when it is muted", () => {
	const head = { key: "user/bob", title: "Bob", last_seq: 0, read_seq: 0, unread: 0, last_message: null };
	expect(parseHead(head)).toMatchObject({ mutedUntil: null, deleted: false });
	expect(parseHead({ ...head, muted_until: 9_007_199_254_740_991 }).mutedUntil).toBe(9_007_199_254_740_991);
});
