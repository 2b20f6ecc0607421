/**
 * What we send, before the stamp: field names are the wire's. The same rules hold in the exchange; here they are asked
 * before something is put on its way. Also: clientlib/hongyan/kinds.py, tests/contract/envelope.json.
 */

import { isName } from "./names";
import { parseConversationKey } from "./topics";

/** Of an envelope before the stamp, encoded as UTF-8. */
export const MAX_PAYLOAD_BYTES = 65_536;
export const MAX_FILES = 9;
export const MAX_MENTIONS = 50;
export const MAX_FORWARDED = 100;
export const MAX_OPTIONS = 12;
export const MAX_WAVEFORM = 128;
export const MIN_DISAPPEAR_S = 5;
export const MAX_DISAPPEAR_S = 7 * 86_400;
export const REPEATS = ["daily", "weekdays", "weekly", "monthly"] as const;
export type Repeat = (typeof REPEATS)[number];

interface ContentDraft {
	readonly body?: string;
	/** The seq of the message that it answers; and of the message below whose thread it stands. */
	readonly reply?: number;
	readonly thread?: number;
	readonly mentions?: readonly string[];
	readonly disappear_s?: number;
	readonly deliver_at?: number;
	readonly repeat?: Repeat;
}

export interface TextDraft extends ContentDraft {
	readonly kind: "text";
	readonly body: string;
	readonly format?: "markdown";
}

/** `files` are ids of uploads. */
export interface FilesDraft extends ContentDraft {
	readonly kind: "image" | "file";
	readonly files: readonly string[];
}

export interface VoiceDraft extends ContentDraft {
	readonly kind: "voice";
	readonly files: readonly [string];
	readonly duration_ms: number;
	readonly waveform?: readonly number[];
}

export interface VideoDraft extends ContentDraft {
	readonly kind: "video";
	readonly files: readonly [string];
	readonly duration_ms?: number;
	readonly poster?: string;
}

export interface StickerDraft extends ContentDraft {
	readonly kind: "sticker";
	readonly pack: string;
	readonly name: string;
}

export interface LocationDraft extends ContentDraft {
	readonly kind: "location";
	readonly lat: number;
	readonly lon: number;
	readonly name?: string;
	readonly accuracy_m?: number;
}

export interface ContactDraft extends ContentDraft {
	readonly kind: "contact";
	readonly who: string;
}

export interface ForwardDraft extends ContentDraft {
	readonly kind: "forward";
	readonly source: string;
	readonly seqs: readonly number[];
}

export interface PollDraft extends ContentDraft {
	readonly kind: "poll";
	readonly body: string;
	readonly options: readonly string[];
	readonly multiple?: boolean;
	readonly anonymous?: boolean;
	readonly closes?: number;
}

export interface DataDraft extends ContentDraft {
	readonly kind: "data";
	readonly data: Readonly<Record<string, unknown>>;
}

export interface EditDraft {
	readonly kind: "edit";
	readonly of: number;
	readonly body: string;
	readonly format?: "markdown";
	readonly mentions?: readonly string[];
}

export interface ReactionDraft {
	readonly kind: "reaction";
	readonly of: number;
	readonly emoji: string;
	readonly remove?: boolean;
}

export interface PinDraft {
	readonly kind: "pin";
	readonly of: number;
	readonly remove?: boolean;
}

export interface VoteDraft {
	readonly kind: "vote";
	readonly of: number;
	readonly choices: readonly number[];
}

export interface BareMarkDraft {
	readonly kind: "recall" | "close";
	readonly of: number;
}

export type MarkDraft = EditDraft | ReactionDraft | PinDraft | VoteDraft | BareMarkDraft;
export type Draft =
	| TextDraft
	| FilesDraft
	| VoiceDraft
	| VideoDraft
	| StickerDraft
	| LocationDraft
	| ContactDraft
	| ForwardDraft
	| PollDraft
	| DataDraft
	| MarkDraft;

/** Encode as the exchange reads it; a field that is undefined is not sent. */
export function encodeDraft(id: string, draft: Draft): string {
	return JSON.stringify({ id, ...draft });
}

/** What is wrong with a draft, as the exchange would say it; `field` is null where it is the whole. */
export interface Wrong {
	readonly code: "malformed" | "too_large";
	readonly field: string | null;
}

const FRAME_BYTES = 128; // of the id and what is around it

/** Look at a draft before it is sent; null: nothing is wrong that can be known here. */
export function checkDraft(draft: Draft): Wrong | null {
	const field = wrongField(draft);
	if (field !== null) return { code: "malformed", field };
	const bytes = new TextEncoder().encode(JSON.stringify(draft)).length;
	return bytes > MAX_PAYLOAD_BYTES - FRAME_BYTES ? { code: "too_large", field: null } : null;
}

type Check = (value: unknown) => boolean;
/** A name that ends in `!` is needed. */
type Shape = Readonly<Record<string, Check>>;

const isBoolean: Check = (value) => typeof value === "boolean";
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isMarkdown: Check = (value) => value === "markdown";
const isAccount: Check = (value) => typeof value === "string" && isName(value);
const isRepeat: Check = (value) => REPEATS.some((word) => word === value);
const isFileId: Check = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{22}$/.test(value);

/** Characters, not UTF-16 units: an emoji is one. */
function text(least: number, most = Number.POSITIVE_INFINITY): Check {
	return (value) => {
		if (typeof value !== "string" || value.includes("\0") || /\p{Surrogate}/u.test(value)) return false;
		const { length } = most === Number.POSITIVE_INFINITY ? value : [...value];
		return length >= least && length <= most;
	};
}

function number(low: number, high: number): Check {
	return (value) => typeof value === "number" && value >= low && value <= high;
}

function integer(low: number, high: number): Check {
	return (value) => Number.isInteger(value) && number(low, high)(value);
}

function list(item: Check, least: number, most: number, unique = true): Check {
	return (value) =>
		Array.isArray(value) &&
		value.length >= least &&
		value.length <= most &&
		value.every(item) &&
		(!unique || new Set(value).size === value.length);
}

const isSeq = integer(1, Number.MAX_SAFE_INTEGER);
const isTime = integer(0, Number.MAX_SAFE_INTEGER);
const isDuration = integer(1, 86_400_000);
const isLine = text(1, 100);
const isFiles = list(isFileId, 1, MAX_FILES);
const isOneFile = list(isFileId, 1, 1);
const isMentions = list(isAccount, 0, MAX_MENTIONS);

function isConversation(value: unknown): boolean {
	try {
		return typeof value === "string" && parseConversationKey(value) === value;
	} catch {
		return false;
	}
}

/** What joins drawn characters to one (the joiner, the tags of a flag), and emoji, of years to come too. */
const DRAWN = /[\u200d\u{e0020}-\u{e007f}\u{1f000}-\u{1faff}]/gu;

function isEmoji(value: unknown): boolean {
	return text(1, 32)(value) && !/[\s\p{C}\p{Z}]/u.test((value as string).replace(DRAWN, ""));
}

const CONTENT: Shape = {
	body: text(0),
	reply: isSeq,
	thread: isSeq,
	mentions: isMentions,
	disappear_s: integer(MIN_DISAPPEAR_S, MAX_DISAPPEAR_S),
	deliver_at: isTime,
	repeat: isRepeat,
};

const SHAPES: Readonly<Record<string, Shape>> = {
	text: { ...CONTENT, "body!": text(1), format: isMarkdown },
	image: { ...CONTENT, "files!": isFiles },
	voice: {
		...CONTENT,
		"files!": isOneFile,
		"duration_ms!": isDuration,
		waveform: list(integer(0, 31), 0, MAX_WAVEFORM, false),
	},
	video: { ...CONTENT, "files!": isOneFile, duration_ms: isDuration, poster: isFileId },
	file: { ...CONTENT, "files!": isFiles },
	sticker: { ...CONTENT, "pack!": isAccount, "name!": isAccount },
	location: {
		...CONTENT,
		"lat!": number(-90, 90),
		"lon!": number(-180, 180),
		name: isLine,
		accuracy_m: number(0, 100_000),
	},
	contact: { ...CONTENT, "who!": isAccount },
	forward: { ...CONTENT, "source!": isConversation, "seqs!": list(isSeq, 1, MAX_FORWARDED) },
	poll: {
		...CONTENT,
		"body!": text(1, 300),
		"options!": list(isLine, 2, MAX_OPTIONS),
		multiple: isBoolean,
		anonymous: isBoolean,
		closes: isTime,
	},
	data: { ...CONTENT, "data!": isObject },
	edit: { "of!": isSeq, "body!": text(0), format: isMarkdown, mentions: isMentions },
	recall: { "of!": isSeq },
	reaction: { "of!": isSeq, "emoji!": isEmoji, remove: isBoolean },
	pin: { "of!": isSeq, remove: isBoolean },
	vote: { "of!": isSeq, "choices!": list(integer(0, MAX_OPTIONS - 1), 0, MAX_OPTIONS) },
	close: { "of!": isSeq },
};

/** The first field that is wrong, missing or none of its kind's. */
function wrongField(draft: Draft): string | null {
	const shape = SHAPES[draft.kind];
	if (!shape) return "kind";
	const fields = new Map(Object.entries(draft).filter(([, value]) => value !== undefined));
	const needed = Object.keys(shape).filter((name) => name.endsWith("!"));
	const missing = needed.map((name) => name.slice(0, -1)).find((name) => !fields.has(name));
	if (missing) return missing;
	for (const [name, value] of fields) {
		if (name === "kind" || (name === "ext" && isObject(value))) continue;
		if (!(shape[`${name}!`] ?? shape[name] ?? (() => false))(value)) return name;
	}
	return fields.has("repeat") && !fields.has("deliver_at") ? "deliver_at" : null;
}
