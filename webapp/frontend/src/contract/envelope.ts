/** The message on the wire. Also: clientlib/hongyan/envelope.py, tests/contract/envelope.json, docs/messages.md */

import { asObject, type Fields, Malformed, readInteger, readString, readText } from "./decode";
import { encodeDraft, MAX_PAYLOAD_BYTES } from "./drafts";
import { type GroupEvent, parseEvent } from "./groups";
import { type Content, parseContent, readNames, readNumber } from "./kinds";
import { type ConversationKey, isGroup, parseConversationKey } from "./topics";

/** A stamped message. `at` is milliseconds since the epoch, UTC; `to` names the recipient, whoever reads it. */
export interface Message {
	readonly id: string;
	readonly kind: string;
	readonly body: string;
	readonly from: string;
	readonly to: ConversationKey;
	readonly seq: number;
	readonly at: number;
	readonly data: Fields | null;
	/** What changed in the group, on a line of kind `event`. */
	readonly event: GroupEvent | null;
	/** What its kind says beside `body`. */
	readonly content: Content;
	/** The seq of the message that it answers, and of the one below whose thread it stands. */
	readonly reply: number | null;
	readonly thread: number | null;
	/** User names; `all` is everybody. */
	readonly mentions: readonly string[];
	/** Gone so many seconds after it was read. */
	readonly disappearS: number | null;
	/** When it got other words. */
	readonly edited: number | null;
	/** Who said it, and when, where it was taken over from. */
	readonly imported: Imported | null;
}

export interface Imported {
	readonly from: string;
	readonly at: number;
}

/** Parse a stamped envelope. Unknown kinds and fields are no error: `body` is shown. */
export function parseMessage(value: unknown): Message {
	const fields = asObject(value, "message");
	const seq = readInteger(fields, "seq");
	if (seq < 1) throw new Malformed("seq: below 1");
	const { data } = fields;
	const to = parseConversationKey(readString(fields, "to"));
	const kind = readString(fields, "kind");
	return {
		id: readString(fields, "id"),
		kind,
		body: readText(fields, "body"),
		from: readString(fields, "from"),
		to,
		seq,
		at: readInteger(fields, "at"),
		data: typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Fields) : null,
		event: kind === "event" && isGroup(to) ? parseEvent(fields) : null,
		content: parseContent(kind, fields),
		reply: readNumber(fields, "reply", null),
		thread: readNumber(fields, "thread", null),
		mentions: readNames(fields, "mentions"),
		disappearS: readNumber(fields, "disappear_s", null),
		edited: readNumber(fields, "edited", null),
		imported: readImported(fields),
	};
}

function readImported({ imported }: Fields): Imported | null {
	if (typeof imported !== "object" || imported === null) return null;
	const fields = imported as Fields;
	return { from: readText(fields, "from"), at: readNumber(fields, "at", 0) };
}

/** Parse a payload as it was delivered: UTF-8 JSON. */
export function parsePayload(payload: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
	} catch {
		throw new Malformed("not UTF-8 JSON");
	}
}

/** Encode a text message as a client sends it. */
export function encodeText(id: string, body: string): string {
	return encodeDraft(id, { kind: "text", body });
}

/** Whether the exchange would take this text: not empty, and small enough once it is encoded. */
export function checkText(body: string): "valid" | "empty" | "too_large" {
	if (body.trim() === "") return "empty";
	const room = MAX_PAYLOAD_BYTES - 64; // the id and the frame around it
	return new TextEncoder().encode(JSON.stringify(body)).length > room ? "too_large" : "valid";
}
