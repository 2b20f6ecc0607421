/** Groups and channels, as the JSON API and the lines of their conversations tell it. Times are ms since the epoch. */

import {
	asObject,
	type Fields,
	readInteger,
	readList,
	readOptionalInteger,
	readString,
	readText,
	readWord,
} from "./decode";

export const ROLES = ["owner", "admin", "member"] as const;
export type Role = (typeof ROLES)[number];
export const GROUP_KINDS = ["group", "channel"] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];
export const INVITES = ["admins", "members"] as const;
export const JOINS = ["closed", "approval", "open"] as const;
export const HISTORIES = ["joined", "all"] as const;
export const WRITERS = ["all", "admins"] as const;

export interface Group {
	readonly name: string;
	readonly title: string;
	readonly kind: GroupKind;
	readonly owner: string;
	readonly role: Role;
	readonly memberCount: number;
	readonly picture: string | null;
}

/** What its owner and admins decide: who lets people in, how one comes by a link, what newcomers see, who writes. */
export interface GroupSettings {
	readonly invites: (typeof INVITES)[number];
	readonly joins: (typeof JOINS)[number];
	readonly history: (typeof HISTORIES)[number];
	readonly writers: (typeof WRITERS)[number];
	/** Only admins write before; null: everybody may. */
	readonly mutedUntil: number | null;
}

export interface Announcement {
	readonly text: string;
	readonly at: number;
	readonly by: string;
	/** How many have read it; null for those who are not told. */
	readonly readCount: number | null;
}

export interface Member {
	readonly username: string;
	readonly displayName: string;
	readonly nickname: string;
	readonly role: Role;
	readonly picture: string | null;
	readonly mutedUntil: number | null;
}

export interface GroupDetail extends Group, GroupSettings {
	readonly announcement: Announcement | null;
	/** The caller's own. */
	readonly nickname: string;
	readonly ownMutedUntil: number | null;
	/** The first of them; the rest is paged. */
	readonly members: readonly Member[];
	readonly next: string | null;
}

/** One page of a long list; `next` asks for the following one. */
export interface Paged<T> {
	readonly items: readonly T[];
	readonly next: string | null;
}

export const GROUP_EVENTS = [
	"created",
	"joined",
	"left",
	"removed",
	"banned",
	"unbanned",
	"role",
	"owner",
	"muted",
	"unmuted",
	"muted_all",
	"unmuted_all",
	"title",
	"picture",
	"announcement",
	"settings",
	"nickname",
	"dissolved",
] as const;
export type EventName = (typeof GROUP_EVENTS)[number];

/** What a line of kind `event` says beside its `body`. `name` is null for an event of tomorrow. */
export interface GroupEvent {
	readonly name: EventName | null;
	readonly who: readonly string[];
	readonly role: Role;
	readonly title: string;
	readonly nickname: string;
	readonly announcement: string;
	readonly until: number | null;
}

export function parseGroup(value: unknown): Group {
	const fields = asObject(value, "group");
	return {
		name: readString(fields, "name"),
		title: readString(fields, "title"),
		kind: readWord(fields, "kind", GROUP_KINDS, "group"),
		owner: readText(fields, "owner"),
		role: readWord(fields, "role", ROLES, "member"),
		memberCount: readInteger(fields, "member_count"),
		picture: readText(fields, "picture") || null,
	};
}

export function parseGroupDetail(value: unknown): GroupDetail {
	const fields = asObject(value, "group");
	return {
		...parseGroup(fields),
		invites: readWord(fields, "invites", INVITES, "admins"),
		joins: readWord(fields, "joins", JOINS, "closed"),
		history: readWord(fields, "history", HISTORIES, "joined"),
		writers: readWord(fields, "writers", WRITERS, "all"),
		mutedUntil: readOptionalInteger(fields, "muted_until", null),
		announcement: fields.announcement ? parseAnnouncement(fields.announcement) : null,
		nickname: readText(fields, "my_nickname"),
		ownMutedUntil: readOptionalInteger(fields, "my_muted_until", null),
		members: readList(fields, "members", parseMember),
		next: readNext(fields),
	};
}

function parseAnnouncement(value: unknown): Announcement {
	const fields = asObject(value, "announcement");
	return {
		text: readString(fields, "text"),
		at: readInteger(fields, "at"),
		by: readText(fields, "by"),
		readCount: readOptionalInteger(fields, "read_count", null),
	};
}

export function parseMember(value: unknown): Member {
	const fields = asObject(value, "member");
	const username = readString(fields, "username");
	return {
		username,
		displayName: readText(fields, "display_name") || username,
		nickname: readText(fields, "nickname"),
		role: readWord(fields, "role", ROLES, "member"),
		picture: readText(fields, "picture") || null,
		mutedUntil: readOptionalInteger(fields, "muted_until", null),
	};
}

/** Parse a page of which the list is called `name`. The next page is asked for by a name or by an id. */
export function parsePage<T>(value: unknown, name: string, parse: (item: unknown) => T): Paged<T> {
	const fields = asObject(value, name);
	return { items: readList(fields, name, parse), next: readNext(fields) };
}

function readNext({ next }: Fields): string | null {
	return next === null || next === undefined ? null : String(next);
}

/** The event of a line; only what is there is filled in, because the line is shown in any case. */
export function parseEvent(fields: Fields): GroupEvent {
	const { who } = fields;
	return {
		name: GROUP_EVENTS.find((name) => name === fields.event) ?? null,
		who: Array.isArray(who) ? who.filter((name) => typeof name === "string") : [],
		role: readWord(fields, "role", ROLES, "member"),
		title: readText(fields, "title"),
		nickname: readText(fields, "nickname"),
		announcement: readText(fields, "announcement"),
		until: typeof fields.until === "number" ? fields.until : null,
	};
}
