import { expect, test } from "vitest";
import { parseMessage } from "../../src/contract/envelope";
import { parseEvent, parseGroupDetail, parseMember, parsePage } from "../../src/contract/groups";

const GROUP = {
	name: "lab",
	title: "The lab",
	kind: "group",
	owner: "ann",
	role: "admin",
	member_count: 2,
	picture: null,
};
const MEMBER = { username: "bob", display_name: "Bob", nickname: "B", role: "member", muted_until: 9, picture: "v1" };

test("a group in full", () => {
	const wire = {
		...GROUP,
		invites: "members",
		joins: "approval",
		history: "all",
		writers: "admins",
		muted_until: 5,
		announcement: { text: "tea", at: 3, by: "ann", read_count: null },
		my_nickname: "Annie",
		my_muted_until: 7,
		members: [MEMBER],
		next: 12,
	};
	expect(parseGroupDetail(wire)).toEqual({
		name: "lab",
		title: "The lab",
		kind: "group",
		owner: "ann",
		role: "admin",
		memberCount: 2,
		picture: null,
		invites: "members",
		joins: "approval",
		history: "all",
		writers: "admins",
		mutedUntil: 5,
		announcement: { text: "tea", at: 3, by: "ann", readCount: null },
		nickname: "Annie",
		ownMutedUntil: 7,
		members: [{ username: "bob", displayName: "Bob", nickname: "B", role: "member", picture: "v1", mutedUntil: 9 }],
		next: "12",
	});
});

test("words of tomorrow fall back to the narrower choice", () => {
	const wire = { ...GROUP, role: "emperor", invites: "x", joins: "x", history: "x", members: [], next: null };
	expect(parseGroupDetail(wire)).toMatchObject({
		role: "member",
		invites: "admins",
		joins: "closed",
		history: "joined",
	});
});

test.each([
	["a name", "bob", "bob"],
	["a number", 7, "7"],
	["nothing more", null, null],
	["nothing said", undefined, null],
])("the next page is asked for by %s", (_, next, parsed) => {
	expect(parsePage({ members: [MEMBER], next }, "members", parseMember)).toMatchObject({
		items: [{ username: "bob" }],
		next: parsed,
	});
});

test("a page without its list is refused", () => {
	expect(() => parsePage({ next: null }, "members", parseMember)).toThrow();
});

const LINE = { id: "m", kind: "event", body: "ann added bob", from: "ann", to: "group/lab", seq: 1, at: 1 };

test("a line of a group says what changed; the same from one person to another is only a text", () => {
	const line = { ...LINE, event: "joined", who: ["bob"] };
	expect(parseMessage(line).event).toMatchObject({ name: "joined", who: ["bob"] });
	expect(parseMessage({ ...line, to: "user/bob" }).event).toBeNull();
	expect(parseMessage({ ...line, kind: "text" }).event).toBeNull();
});

test.each([
	["an event of tomorrow", { event: "painted" }, { name: null }],
	["no event", {}, { name: null, who: [] }],
	["names of another type", { event: "left", who: [7, "bob"] }, { name: "left", who: ["bob"] }],
	["no list of names", { event: "left", who: "bob" }, { who: [] }],
	["an end of another type", { event: "muted", until: "soon" }, { until: null }],
])("%s is read as far as it goes", (_, wire, parsed) => {
	expect(parseEvent(wire)).toMatchObject(parsed);
});
