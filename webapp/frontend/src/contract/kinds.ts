/**
 * What each kind of message says, as it was delivered. Also: clientlib/hongyan/kinds.py, clientlib/hongyan/contents.py,
 * contract/drafts.ts (what we send), tests/contract/envelope.json, docs/messages.md "Kinds".
 *
 * Nothing here throws: a kind of tomorrow, or one without what it needs, is `unknown`, and its `body` is shown.
 */

import { asObject, type Fields, Malformed, readInteger, readObject, readString, readText } from "./decode";
import { type GroupEvent, parseEvent } from "./groups";
import { isName } from "./names";

/** A file of a message. `width` and `height` are a picture's; `thumb`: there is a small picture of it. */
export interface FileObject {
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly size: number;
	readonly width: number | null;
	readonly height: number | null;
	readonly thumb: boolean;
}

export interface TextContent {
	readonly kind: "text";
	readonly format: "markdown" | null;
}

export interface ImageContent {
	readonly kind: "image";
	readonly files: readonly FileObject[];
}

export interface VoiceContent {
	readonly kind: "voice";
	readonly file: FileObject;
	readonly durationMs: number;
	/** Bars from 0 to 31. */
	readonly waveform: readonly number[];
}

export interface VideoContent {
	readonly kind: "video";
	readonly file: FileObject;
	readonly durationMs: number | null;
	readonly poster: FileObject | null;
}

export interface FileContent {
	readonly kind: "file";
	readonly files: readonly FileObject[];
}

export interface StickerContent {
	readonly kind: "sticker";
	readonly pack: string;
	readonly name: string;
	readonly file: FileObject | null;
	readonly emoji: string;
}

/** Degrees (WGS 84). */
export interface LocationContent {
	readonly kind: "location";
	readonly lat: number;
	readonly lon: number;
	readonly name: string;
	readonly accuracyM: number | null;
}

export interface ContactContent {
	readonly kind: "contact";
	readonly who: string;
	readonly displayName: string;
}

/** A message as it was where it comes from. */
export interface ForwardItem {
	readonly from: string;
	readonly at: number;
	readonly body: string;
	readonly content: Content;
}

export interface ForwardContent {
	readonly kind: "forward";
	readonly items: readonly ForwardItem[];
}

/** The question is the message's `body`. Times are ms since the epoch. */
export interface PollContent {
	readonly kind: "poll";
	readonly options: readonly string[];
	readonly multiple: boolean;
	readonly anonymous: boolean;
	readonly closes: number | null;
	/** When its author ended it. */
	readonly closed: number | null;
}

export interface DataContent {
	readonly kind: "data";
	readonly data: Fields;
}

export interface EventContent {
	readonly kind: "event";
	readonly event: GroupEvent;
}

/** What is left of a message. `by` took it back; `hidden`: we have deleted it for ourselves. */
export interface GoneContent {
	readonly kind: "gone";
	readonly by: string | null;
	readonly hidden: boolean;
}

export interface UnknownContent {
	readonly kind: "unknown";
}

export interface EditMark {
	readonly kind: "edit";
	readonly of: number;
	readonly body: string;
	readonly format: "markdown" | null;
	readonly mentions: readonly string[];
}

export interface RecallMark {
	readonly kind: "recall";
	readonly of: number;
}

export interface ReactionMark {
	readonly kind: "reaction";
	readonly of: number;
	readonly emoji: string;
	readonly remove: boolean;
}

export interface PinMark {
	readonly kind: "pin";
	readonly of: number;
	readonly remove: boolean;
}

/** `choices` are places of options, none: taken back; null: they are not for us to know. */
export interface VoteMark {
	readonly kind: "vote";
	readonly of: number;
	readonly choices: readonly number[] | null;
}

export interface CloseMark {
	readonly kind: "close";
	readonly of: number;
}

/** Messages whose time was over. */
export interface EraseMark {
	readonly kind: "erase";
	readonly of: readonly number[];
}

export type Mark = EditMark | RecallMark | ReactionMark | PinMark | VoteMark | CloseMark | EraseMark;
export type Content =
	| TextContent
	| ImageContent
	| VoiceContent
	| VideoContent
	| FileContent
	| StickerContent
	| LocationContent
	| ContactContent
	| ForwardContent
	| PollContent
	| DataContent
	| EventContent
	| GoneContent
	| UnknownContent
	| Mark;

const MARKS: ReadonlySet<string> = new Set(["edit", "recall", "reaction", "pin", "vote", "close", "erase"]);

/** Whether this kind changes how another message is seen and is no line of its own. */
export function isMarkKind(kind: string): boolean {
	return MARKS.has(kind);
}

export function isMark(content: Content): content is Mark {
	return MARKS.has(content.kind);
}

const PARSERS: ReadonlyMap<string, (fields: Fields) => Content> = new Map<string, (fields: Fields) => Content>([
	["text", (fields) => ({ kind: "text", format: readFormat(fields) })],
	["image", (fields) => ({ kind: "image", files: readFiles(fields) })],
	["voice", parseVoice],
	["video", parseVideo],
	["file", (fields) => ({ kind: "file", files: readFiles(fields) })],
	["sticker", parseSticker],
	["location", parseLocation],
	["contact", parseContact],
	["forward", (fields) => ({ kind: "forward", items: readItems(fields) })],
	["poll", parsePoll],
	["data", (fields) => ({ kind: "data", data: readObject(fields, "data") })],
	["event", (fields) => ({ kind: "event", event: parseEvent(fields) })],
	["gone", (fields) => ({ kind: "gone", by: readText(fields, "by") || null, hidden: fields.hidden === true })],
	["edit", parseEdit],
	["recall", (fields) => ({ kind: "recall", of: readSeq(fields) })],
	["reaction", parseReaction],
	["pin", (fields) => ({ kind: "pin", of: readSeq(fields), remove: fields.remove === true })],
	["vote", (fields) => ({ kind: "vote", of: readSeq(fields), choices: readChoices(fields) })],
	["close", (fields) => ({ kind: "close", of: readSeq(fields) })],
	["erase", (fields) => ({ kind: "erase", of: readNumbers(fields, "of") })],
]);

/** What a message of `kind` with these fields says. */
export function parseContent(kind: string, fields: Fields): Content {
	try {
		return PARSERS.get(kind)?.(fields) ?? { kind: "unknown" };
	} catch (error) {
		if (error instanceof Malformed) return { kind: "unknown" };
		throw error;
	}
}

/** Parse a file's description, in a message or from `GET /files/<id>/about`. */
export function parseFile(value: unknown): FileObject {
	const fields = asObject(value, "file");
	return {
		id: readString(fields, "id"),
		name: readText(fields, "name"),
		type: readText(fields, "type") || "application/octet-stream",
		size: readNumber(fields, "size", 0),
		width: readNumber(fields, "width", null),
		height: readNumber(fields, "height", null),
		thumb: fields.thumb === true,
	};
}

function parseVoice(fields: Fields): VoiceContent {
	return {
		kind: "voice",
		file: readFiles(fields)[0],
		durationMs: readNumber(fields, "duration_ms", 0),
		waveform: readNumbers(fields, "waveform"),
	};
}

function parseVideo(fields: Fields): VideoContent {
	return {
		kind: "video",
		file: readFiles(fields)[0],
		durationMs: readNumber(fields, "duration_ms", null),
		poster: readFile(fields, "poster"),
	};
}

function parseSticker(fields: Fields): StickerContent {
	return {
		kind: "sticker",
		pack: readString(fields, "pack"),
		name: readString(fields, "name"),
		file: readFile(fields, "file"),
		emoji: readText(fields, "emoji"),
	};
}

function parseLocation(fields: Fields): LocationContent {
	const { lat, lon } = fields;
	if (typeof lat !== "number" || typeof lon !== "number") throw new Malformed("lat, lon: not numbers");
	return {
		kind: "location",
		lat,
		lon,
		name: readText(fields, "name"),
		accuracyM: readNumber(fields, "accuracy_m", null),
	};
}

function parseContact(fields: Fields): ContactContent {
	const who = readString(fields, "who");
	return { kind: "contact", who, displayName: readText(fields, "display_name") || who };
}

function parsePoll(fields: Fields): PollContent {
	return {
		kind: "poll",
		options: readWords(fields, "options"),
		multiple: fields.multiple === true,
		anonymous: fields.anonymous === true,
		closes: readNumber(fields, "closes", null),
		closed: readNumber(fields, "closed", null),
	};
}

function parseEdit(fields: Fields): EditMark {
	return {
		kind: "edit",
		of: readSeq(fields),
		body: readText(fields, "body"),
		format: readFormat(fields),
		mentions: readNames(fields, "mentions"),
	};
}

function parseReaction(fields: Fields): ReactionMark {
	return {
		kind: "reaction",
		of: readSeq(fields),
		emoji: readString(fields, "emoji"),
		remove: fields.remove === true,
	};
}

/** Names of people; what is none is left out. */
export function readNames(fields: Fields, name: string): readonly string[] {
	return readWords(fields, name).filter(isName);
}

/** A number, or `otherwise`. */
export function readNumber<T>(fields: Fields, name: string, otherwise: T): number | T {
	const value = fields[name];
	return typeof value === "number" ? value : otherwise;
}

function readFormat({ format }: Fields): "markdown" | null {
	return format === "markdown" ? format : null;
}

function readSeq(fields: Fields): number {
	return readInteger(fields, "of");
}

function readChoices(fields: Fields): readonly number[] | null {
	return Array.isArray(fields.choices) ? readNumbers(fields, "choices") : null;
}

function readList(fields: Fields, name: string): readonly unknown[] {
	const value = fields[name];
	return Array.isArray(value) ? value : [];
}

function readNumbers(fields: Fields, name: string): readonly number[] {
	return readList(fields, name).filter((item) => typeof item === "number");
}

function readWords(fields: Fields, name: string): readonly string[] {
	return readList(fields, name).filter((item) => typeof item === "string");
}

/** At least one, or nothing can be shown of the kind. */
function readFiles(fields: Fields): readonly [FileObject, ...FileObject[]] {
	const [first, ...rest] = readList(fields, "files").map(parseFile);
	if (!first) throw new Malformed("files: none");
	return [first, ...rest];
}

function readFile(fields: Fields, name: string): FileObject | null {
	return fields[name] === undefined || fields[name] === null ? null : parseFile(fields[name]);
}

function readItems(fields: Fields): readonly ForwardItem[] {
	const items = readList(fields, "items").map(parseItem);
	if (items.length === 0) throw new Malformed("items: none");
	return items;
}

function parseItem(value: unknown): ForwardItem {
	const fields = asObject(value, "item");
	return {
		from: readText(fields, "from"),
		at: readNumber(fields, "at", 0),
		body: readText(fields, "body"),
		content: parseContent(readText(fields, "kind"), fields),
	};
}
