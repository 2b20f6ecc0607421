import { expect, test } from "vitest";
import type { GroupDetail, Member, Role } from "../../src/contract/groups";
import { isForever, rightsIn, rightsOver, silenceIn } from "../../src/model/group";
import { endOf } from "../../src/model/spans";

const NOW = 1_790_000_000_000;
const FOREVER = 9_007_199_254_740_991;

const LAB: GroupDetail = {
	name: "lab",
	title: "The lab",
	kind: "group",
	owner: "ann",
	role: "member",
	memberCount: 3,
	picture: null,
	invites: "admins",
	joins: "closed",
	history: "joined",
	writers: "all",
	mutedUntil: null,
	announcement: null,
	nickname: "",
	ownMutedUntil: null,
	members: [],
	next: null,
};

function member(username: string, role: Role): Member {
	return { username, displayName: username, nickname: "", role, picture: null, mutedUntil: null };
}

test.each([
	["the owner", { role: "owner" }, { manage: true, invite: true, leave: true, dissolve: true }],
	["an admin", { role: "admin" }, { manage: true, invite: true, leave: true, dissolve: false }],
	["a member", { role: "member" }, { manage: false, invite: false, leave: true, dissolve: false }],
	["a member who may invite", { invites: "members" }, { manage: false, invite: true, leave: true, dissolve: false }],
	["one of everyone", { name: "everyone" }, { manage: false, invite: false, leave: false, dissolve: false }],
	[
		"the owner of everyone",
		{ name: "everyone", role: "owner" },
		{ manage: true, invite: false, leave: false, dissolve: false },
	],
] as const)("what %s may do in a group", (_, change, rights) => {
	expect(rightsIn({ ...LAB, ...change })).toEqual(rights);
});

const NOTHING = { setRole: false, transfer: false, discipline: false, rename: false };
const ALL = { setRole: true, transfer: true, discipline: true, rename: true };

test.each([
	["owner", "admin", ALL],
	["owner", "member", ALL],
	["admin", "owner", NOTHING],
	["admin", "admin", NOTHING],
	["admin", "member", { ...NOTHING, discipline: true, rename: true }],
	["member", "owner", NOTHING],
	["member", "admin", NOTHING],
	["member", "member", NOTHING],
] as const)("what a group's %s may do to its %s", (role, other, rights) => {
	expect(rightsOver({ ...LAB, role }, member("bob", other), "ann")).toEqual(rights);
});

test("everybody may choose their own nickname, and do nothing else to themselves", () => {
	for (const role of ["owner", "admin", "member"] as const)
		expect(rightsOver({ ...LAB, role }, member("ann", role), "ann")).toEqual({ ...NOTHING, rename: true });
});

test.each([
	["nothing is set", {}, null],
	["a mute that is over", { ownMutedUntil: NOW }, null],
	["muted for a while", { ownMutedUntil: NOW + 1 }, { why: "muted", until: NOW + 1 }],
	["muted until it is undone", { ownMutedUntil: FOREVER }, { why: "muted", until: null }],
	["an admin who is muted", { role: "admin", ownMutedUntil: NOW + 1 }, { why: "muted", until: NOW + 1 }],
	["everybody is muted", { mutedUntil: NOW + 1 }, { why: "mutedAll", until: NOW + 1 }],
	["everybody is muted until it is undone", { mutedUntil: FOREVER }, { why: "mutedAll", until: null }],
	["everybody but this admin is muted", { role: "admin", mutedUntil: NOW + 1 }, null],
	["only admins write", { writers: "admins" }, { why: "adminsOnly", until: null }],
	["the owner where only admins write", { role: "owner", writers: "admins" }, null],
	["a reader of a channel", { kind: "channel", writers: "admins" }, { why: "channel", until: null }],
	["a writer of a channel", { kind: "channel", role: "admin", writers: "admins" }, null],
] as const)("why one may not write: %s", (_, change, silence) => {
	expect(silenceIn({ ...LAB, ...change }, NOW)).toEqual(silence);
});

test("silence lasts from now on, or until it is taken back", () => {
	expect(endOf("hour", NOW)).toBe(1_790_003_600_000);
	expect(endOf("week", NOW)).toBe(1_790_604_800_000);
	expect(endOf("forever", NOW)).toBeNull();
	expect(isForever(FOREVER)).toBe(true);
	expect(isForever(NOW)).toBe(false);
});
