/** People and what stands between them, as the JSON API tells it. Times are milliseconds since the epoch, UTC. */

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

export const RELATIONS = ["self", "friend", "requested", "requesting", "blocked", "none"] as const;
export type Relation = (typeof RELATIONS)[number];

export const ACCOUNT_KINDS = ["person", "bot", "device"] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** The display name that the server gives to a deleted account, in every list. */
export const GONE = "…";

/** What is shown of anybody. `picture` is the version of the picture; null without one. */
export interface Face {
	readonly username: string;
	readonly displayName: string;
	readonly picture: string | null;
	readonly kind: AccountKind;
	readonly deleted: boolean;
}

export interface Person extends Face {
	readonly relation: Relation;
}

/** What the caller alone keeps about a friend. */
export interface Notes {
	readonly remark: string;
	readonly labels: readonly string[];
	readonly starred: boolean;
}

/** The card of somebody. `owner` answers for a bot or a device. */
export interface Profile extends Person, Notes {
	readonly about: string;
	readonly owner: string | null;
	/** Null where the card does not tell. */
	readonly presence: Presence | null;
}

export const PRESENCES = ["online", "away", "busy", "offline"] as const;
export type PresenceState = (typeof PRESENCES)[number];

export interface Presence {
	readonly state: PresenceState;
	readonly text: string;
	readonly lastSeen: number | null;
}

export interface Friend extends Face, Notes {
	readonly presence: Presence;
}

/** A friend request that waits; `who` is the other one. `bot` is the caller's bot that was asked, if not the caller. */
export interface FriendRequest {
	readonly id: number;
	readonly who: string;
	readonly displayName: string;
	readonly picture: string | null;
	readonly bot: string | null;
	readonly text: string;
	readonly createdAt: number;
	readonly expiresAt: number;
}

export interface FriendRequests {
	readonly incoming: readonly FriendRequest[];
	readonly outgoing: readonly FriendRequest[];
}

export interface Block extends Face {
	readonly since: number | null;
}

const REQUEST_LIFETIME_MS = 14 * 86_400_000; // agreed with the server, which names the time where it can

export function parseFace(value: unknown): Face {
	const fields = asObject(value, "person");
	const username = readString(fields, "username");
	const displayName = readText(fields, "display_name") || username;
	return {
		username,
		displayName,
		picture: readText(fields, "picture") || null,
		kind: readWord(fields, "kind", ACCOUNT_KINDS, "person"),
		deleted: fields.deleted === true || displayName === GONE,
	};
}

export function parsePerson(value: unknown): Person {
	return { ...parseFace(value), relation: readWord(asObject(value), "relation", RELATIONS, "none") };
}

export function parseProfile(value: unknown): Profile {
	const fields = asObject(value, "profile");
	return {
		...parsePerson(fields),
		...parseNotes(fields),
		about: readText(fields, "about"),
		owner: readText(fields, "owner") || null,
		presence: fields.presence ? parsePresence(fields.presence) : null,
	};
}

export function parsePresence(value: unknown): Presence {
	const fields = asObject(value, "presence");
	return {
		state: readWord(fields, "state", PRESENCES, "offline"),
		text: readText(fields, "text"),
		lastSeen: readOptionalInteger(fields, "last_seen", null),
	};
}

export function parseFriend(value: unknown): Friend {
	const fields = asObject(value, "friend");
	return { ...parseFace(fields), ...parseNotes(fields), presence: parsePresence(fields.presence) };
}

function parseNotes(fields: Fields): Notes {
	const { labels } = fields;
	return {
		remark: readText(fields, "remark"),
		labels: Array.isArray(labels) ? labels.filter((label) => typeof label === "string") : [],
		starred: fields.starred === true,
	};
}

export function parseFriendRequests(value: unknown): FriendRequests {
	const fields = asObject(value, "friend requests");
	return {
		incoming: readList(fields, "incoming", (item) => parseFriendRequest(item, "from")),
		outgoing: readList(fields, "outgoing", (item) => parseFriendRequest(item, "to")),
	};
}

function parseFriendRequest(value: unknown, who: "from" | "to"): FriendRequest {
	const fields = asObject(value, "friend request");
	const createdAt = readInteger(fields, "created_at");
	return {
		id: readInteger(fields, "id"),
		who: readString(fields, who),
		displayName: readText(fields, "display_name") || readString(fields, who),
		picture: readText(fields, "picture") || null,
		bot: (who === "from" && readText(fields, "to")) || null,
		text: readText(fields, "text"),
		createdAt,
		expiresAt: readOptionalInteger(fields, "expires_at", createdAt + REQUEST_LIFETIME_MS),
	};
}

export function parseBlock(value: unknown): Block {
	return { ...parseFace(value), since: readOptionalInteger(asObject(value), "since", null) };
}
