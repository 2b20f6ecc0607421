/** The answers of the JSON API under /api/v1, read from `unknown`. Times are milliseconds since the epoch, UTC. */

import { asObject, readInteger, readObject, readOptionalInteger, readString, readText } from "./decode";
import { type Message, parseMessage } from "./envelope";
import { type ConversationKey, parseConversationKey } from "./topics";

/** How a conversation stands in our list, on all our devices. */
export const LIST_MARKS = ["pinned", "archived", "unread"] as const;
export type ListMark = (typeof LIST_MARKS)[number];

export interface Me {
	readonly username: string;
	readonly displayName: string;
	/** The version of the picture; null: none. */
	readonly picture: string | null;
}

export interface Head {
	readonly key: ConversationKey;
	readonly title: string;
	/** Whether the other one's account is deleted. */
	readonly deleted: boolean;
	readonly lastSeq: number;
	readonly readSeq: number;
	readonly unread: number;
	/** No sound and no count before; null: not muted. */
	readonly mutedUntil: number | null;
	readonly lastMessage: Message | null;
	/** What we have begun to write, here or on another device. */
	readonly draft: SavedDraft | null;
	/** Unread messages that name us. */
	readonly mentions: number;
	/** What is written here is gone so many seconds after it was read; null: it stays. */
	readonly disappearS: number | null;
	/** What is older is removed; null: as long as the server keeps all. */
	readonly retentionDays: number | null;
	readonly marks: readonly ListMark[];
}

/** Words that are not sent yet; `reply` is the seq that they answer. */
export interface SavedDraft {
	readonly body: string;
	readonly reply: number | null;
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
	return {
		username: readString(fields, "username"),
		displayName: readString(fields, "display_name"),
		picture: readText(fields, "picture") || null,
	};
}

export function parseHead(value: unknown): Head {
	const fields = asObject(value, "conversation");
	return {
		key: parseConversationKey(readString(fields, "key")),
		title: readString(fields, "title"),
		deleted: fields.deleted === true,
		lastSeq: readInteger(fields, "last_seq"),
		readSeq: readInteger(fields, "read_seq"),
		unread: readInteger(fields, "unread"),
		mutedUntil: readOptionalInteger(fields, "muted_until", null),
		lastMessage: fields.last_message ? parseMessage(fields.last_message) : null,
		draft: fields.draft ? parseSavedDraft(fields.draft) : null,
		mentions: readOptionalInteger(fields, "mentions", 0),
		disappearS: readOptionalInteger(fields, "disappear_s", null),
		retentionDays: readOptionalInteger(fields, "retention_days", null),
		marks: parseListMarks(fields.marks),
	};
}

function parseListMarks(value: unknown): readonly ListMark[] {
	return Array.isArray(value) ? LIST_MARKS.filter((mark) => value.includes(mark)) : [];
}

function parseSavedDraft(value: unknown): SavedDraft {
	const fields = asObject(value, "draft");
	return { body: readText(fields, "body"), reply: readOptionalInteger(fields, "reply", null) };
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
