/** The answers of the JSON API under /api/v1, read from `unknown`. Times are milliseconds since the epoch, UTC. */

import {
	asObject,
	type Fields,
	readInteger,
	readList,
	readObject,
	readOptionalInteger,
	readString,
	readText,
	readWord,
} from "./decode";
import { type Message, parseMessage } from "./envelope";
import { type ConversationKey, parseConversationKey } from "./topics";

export interface Me {
	readonly username: string;
	readonly displayName: string;
}

export const RELATIONS = ["self", "friend", "requested", "requesting", "blocked", "none"] as const;
export type Relation = (typeof RELATIONS)[number];

export interface Person {
	readonly username: string;
	readonly displayName: string;
	readonly relation: Relation;
}

export const PRESENCES = ["online", "away", "busy", "offline"] as const;
export type PresenceState = (typeof PRESENCES)[number];

export interface Presence {
	readonly state: PresenceState;
	readonly text: string;
	readonly lastSeen: number | null;
}

export interface Friend {
	readonly username: string;
	readonly displayName: string;
	readonly presence: Presence;
}

/** A friend request that waits; `who` is the other one. */
export interface FriendRequest {
	readonly id: number;
	readonly who: string;
	readonly displayName: string;
	readonly text: string;
	readonly createdAt: number;
}

export interface FriendRequests {
	readonly incoming: readonly FriendRequest[];
	readonly outgoing: readonly FriendRequest[];
}

export interface Block {
	readonly username: string;
	readonly displayName: string;
}

export const ROLES = ["owner", "admin", "member"] as const;
export type Role = (typeof ROLES)[number];

export interface Group {
	readonly name: string;
	readonly title: string;
	readonly owner: string;
	readonly role: Role;
	readonly memberCount: number;
}

export interface Member {
	readonly username: string;
	readonly displayName: string;
	readonly role: Role;
}

export interface GroupDetail extends Group {
	readonly members: readonly Member[];
}

export interface Head {
	readonly key: ConversationKey;
	readonly title: string;
	readonly lastSeq: number;
	readonly readSeq: number;
	readonly unread: number;
	readonly lastMessage: Message | null;
}

/** A page of history, ascending by seq. `firstSeq` and `lastSeq` bound what the reader may see at all. */
export interface HistoryPage {
	readonly messages: readonly Message[];
	readonly firstSeq: number;
	readonly lastSeq: number;
	readonly peerReadSeq: number | null;
}

export interface Token {
	readonly id: number;
	readonly label: string;
	readonly createdAt: number;
	readonly lastUsedAt: number | null;
}

export interface NewToken {
	readonly id: number;
	readonly label: string;
	readonly token: string;
	readonly mqttPassword: string;
}

export interface MqttToken {
	readonly username: string;
	readonly password: string;
	readonly clientIdPrefix: string;
	readonly websocketUrl: string;
	readonly tcp: { readonly host: string; readonly port: number; readonly tls: boolean };
}

export function parseMe(value: unknown): Me {
	const fields = asObject(value, "me");
	return { username: readString(fields, "username"), displayName: readString(fields, "display_name") };
}

export function parsePerson(value: unknown): Person {
	const fields = asObject(value, "person");
	return { ...parseNames(fields), relation: readWord(fields, "relation", RELATIONS, "none") };
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
	return { ...parseNames(fields), presence: parsePresence(fields.presence) };
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
	return {
		id: readInteger(fields, "id"),
		who: readString(fields, who),
		displayName: readText(fields, "display_name") || readString(fields, who),
		text: readText(fields, "text"),
		createdAt: readInteger(fields, "created_at"),
	};
}

export function parseBlock(value: unknown): Block {
	return parseNames(asObject(value, "block"));
}

export function parseGroup(value: unknown): Group {
	const fields = asObject(value, "group");
	return {
		name: readString(fields, "name"),
		title: readString(fields, "title"),
		owner: readString(fields, "owner"),
		role: readWord(fields, "role", ROLES, "member"),
		memberCount: readInteger(fields, "member_count"),
	};
}

export function parseGroupDetail(value: unknown): GroupDetail {
	return { ...parseGroup(value), members: readList(asObject(value), "members", parseMember) };
}

function parseMember(value: unknown): Member {
	const fields = asObject(value, "member");
	return { ...parseNames(fields), role: readWord(fields, "role", ROLES, "member") };
}

export function parseHead(value: unknown): Head {
	const fields = asObject(value, "conversation");
	return {
		key: parseConversationKey(readString(fields, "key")),
		title: readString(fields, "title"),
		lastSeq: readInteger(fields, "last_seq"),
		readSeq: readInteger(fields, "read_seq"),
		unread: readInteger(fields, "unread"),
		lastMessage: fields.last_message ? parseMessage(fields.last_message) : null,
	};
}

export function parseHistoryPage(value: unknown): HistoryPage {
	const fields = asObject(value, "history");
	return {
		messages: readList(fields, "messages", parseMessage),
		firstSeq: readInteger(fields, "first_seq"),
		lastSeq: readInteger(fields, "last_seq"),
		peerReadSeq: readOptionalInteger(fields, "peer_read_seq", null),
	};
}

export function parseToken(value: unknown): Token {
	const fields = asObject(value, "token");
	return {
		id: readInteger(fields, "id"),
		label: readText(fields, "label"),
		createdAt: readInteger(fields, "created_at"),
		lastUsedAt: readOptionalInteger(fields, "last_used_at", null),
	};
}

export function parseNewToken(value: unknown): NewToken {
	const fields = asObject(value, "token");
	return {
		id: readInteger(fields, "id"),
		label: readText(fields, "label"),
		token: readString(fields, "token"),
		mqttPassword: readString(fields, "mqtt_password"),
	};
}

export function parseMqttToken(value: unknown): MqttToken {
	const fields = asObject(value, "mqtt token");
	const tcp = readObject(fields, "tcp");
	return {
		username: readString(fields, "username"),
		password: readString(fields, "password"),
		clientIdPrefix: readString(fields, "client_id_prefix"),
		websocketUrl: readString(fields, "websocket_url"),
		tcp: { host: readString(tcp, "host"), port: readInteger(tcp, "port"), tls: tcp.tls === true },
	};
}

function parseNames(fields: Fields): { username: string; displayName: string } {
	const username = readString(fields, "username");
	return { username, displayName: readText(fields, "display_name") || username };
}
