/** What arrives on `im/{me}/notice` and `im/{me}/live/...`: hints that are not stored. */

import { type Presence, parsePresence } from "./contacts";
import { asObject, type Fields, readOptionalInteger, readString, readText } from "./decode";
import { type Card, parseCard, parseSignal, type StreamSignal } from "./signals";
import { type ConversationKey, parseConversationKey } from "./topics";

/** The exchange refused a message. `id` is ours where it could be read. */
export interface Rejected {
	readonly type: "rejected";
	readonly id: string | null;
	readonly code: string;
	readonly message: string;
}

/** Something between people changed: ask the API. `who` is the account or group it is about. */
export interface Changed {
	readonly type: "changed";
	readonly what: string;
	readonly who: string;
	/** Who did it, where that is told. */
	readonly by: string;
	readonly title: string;
	readonly text: string;
	/** The conversation, as we call it, of what is our own: a draft, a muted conversation; "" elsewhere. */
	readonly key: string;
	/** The messages that it is about. */
	readonly seqs: readonly number[];
}

export function parseNotice(value: unknown): Rejected | Changed {
	const fields = asObject(value, "notice");
	const what = readString(fields, "type");
	if (what === "rejected")
		return {
			type: "rejected",
			id: readText(fields, "id") || null,
			code: readString(fields, "code"),
			message: readText(fields, "message"),
		};
	const who = readText(fields, "group") || readText(fields, "from") || readText(fields, "who");
	const title = readText(fields, "title") || readText(fields, "display_name") || who;
	const [by, text, key] = [readText(fields, "by"), readText(fields, "text"), readText(fields, "key")];
	const seqs = Array.isArray(fields.seqs) ? fields.seqs.filter((seq) => typeof seq === "number") : [];
	return { type: "changed", what, who, by, title, text, key, seqs };
}

interface Of {
	readonly key: ConversationKey;
	readonly from: string;
}

/** How far somebody has read, and how far a device of theirs has received; null: not told. */
export interface ReadMark extends Of {
	readonly type: "read";
	readonly seq: number | null;
	readonly delivered: number | null;
}

/** A piece of an answer that is being written. */
export interface Growing extends Of {
	readonly type: "stream";
	readonly piece: StreamSignal;
}

export interface CardSignal extends Of {
	readonly type: "card";
	readonly card: Card;
}

export type Live =
	| { readonly type: "presence"; readonly from: string; readonly presence: Presence }
	| ReadMark
	| (Of & { readonly type: "typing" | "recording" })
	| Growing
	| CardSignal;

/** Parse a live payload by the tail of its topic; null for a signal that we do not know. */
export function parseLive(tail: string, value: unknown): Live | null {
	const fields = asObject(value, "live");
	const from = readString(fields, "from");
	const [branch, ...rest] = tail.split("/");
	if (branch === "presence") return { type: "presence", from, presence: parsePresence(fields) };
	if (branch === "read") return parseReadMark({ key: parseConversationKey(rest.join("/")), from }, fields);
	if (branch === "signal") return parseTalkSignal({ key: parseConversationKey(rest.join("/")), from }, value);
	if (branch !== "card") return null;
	return { type: "card", key: parseConversationKey(rest.join("/")), from, card: parseCard(value) };
}

function parseReadMark(of: Of, fields: Fields): ReadMark {
	const seq = readOptionalInteger(fields, "seq", null);
	return { type: "read", ...of, seq, delivered: readOptionalInteger(fields, "delivered", null) };
}

function parseTalkSignal(of: Of, value: unknown): Live | null {
	const signal = parseSignal(value);
	if (signal?.type === "typing" || signal?.type === "recording") return { type: signal.type, ...of };
	return signal?.type === "stream" ? { type: "stream", ...of, piece: signal } : null;
}
