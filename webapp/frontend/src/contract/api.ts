/** The answers of the JSON API under /api/v1, read from `unknown`. Times are milliseconds since the epoch, UTC. */

import { asObject, readInteger, readList, readObject, readOptionalInteger, readString, readText } from "./decode";
import { type Message, parseMessage } from "./envelope";
import { type ConversationKey, parseConversationKey } from "./topics";

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
