/** Links to people and into groups, and those who came by one, as the JSON API tells it. Times are ms since the epoch. */

import { type Profile, parseProfile } from "./contacts";
import {
	asObject,
	readImage,
	readInteger,
	readObject,
	readOptionalInteger,
	readString,
	readText,
	readWord,
} from "./decode";
import { type Group, JOINS, parseGroup } from "./groups";

/** A group as the holder of a link sees it. */
export interface GroupPreview extends Pick<Group, "name" | "title" | "kind" | "memberCount" | "picture"> {
	readonly joins: (typeof JOINS)[number];
}

export interface GroupLink {
	readonly id: number;
	readonly url: string;
	readonly qr: string;
	readonly createdAt: number;
	readonly expiresAt: number | null;
	readonly maxUses: number | null;
	readonly uses: number;
}

/** Somebody who came by a link and waits. */
export interface JoinRequest {
	readonly id: number;
	readonly username: string;
	readonly displayName: string;
	readonly text: string;
	readonly createdAt: number;
}

/** A link that can be shown as a code: `qr` is an SVG image as a data URL, or empty. */
export interface SharedLink {
	readonly url: string;
	readonly code: string;
	readonly qr: string;
}

/** What a link leads to. */
export type LinkTarget =
	| { readonly kind: "person"; readonly person: Profile }
	| { readonly kind: "group"; readonly group: GroupPreview }
	| { readonly kind: "signup" };

export function parseGroupPreview(value: unknown): GroupPreview {
	const { name, title, kind, memberCount, picture } = parseGroup(value);
	return { name, title, kind, memberCount, picture, joins: readWord(asObject(value), "joins", JOINS, "closed") };
}

export function parseGroupLink(value: unknown): GroupLink {
	const fields = asObject(value, "link");
	return {
		id: readInteger(fields, "id"),
		url: readString(fields, "url"),
		qr: readImage(fields, "qr"),
		createdAt: readInteger(fields, "created_at"),
		expiresAt: readOptionalInteger(fields, "expires_at", null),
		maxUses: readOptionalInteger(fields, "max_uses", null),
		uses: readInteger(fields, "uses"),
	};
}

export function parseJoinRequest(value: unknown): JoinRequest {
	const fields = asObject(value, "join request");
	const username = readString(fields, "username");
	return {
		id: readInteger(fields, "id"),
		username,
		displayName: readText(fields, "display_name") || username,
		text: readText(fields, "text"),
		createdAt: readInteger(fields, "created_at"),
	};
}

export function parseSharedLink(value: unknown): SharedLink {
	const fields = asObject(value, "link");
	return { url: readString(fields, "url"), code: readString(fields, "code"), qr: readImage(fields, "qr") };
}

export function parseLinkTarget(value: unknown): LinkTarget {
	const fields = asObject(value, "link");
	const kind = readString(fields, "kind");
	if (kind === "person") return { kind, person: parseProfile(readObject(fields, "person")) };
	if (kind === "group") return { kind, group: parseGroupPreview(readObject(fields, "group")) };
	return { kind: "signup" };
}
