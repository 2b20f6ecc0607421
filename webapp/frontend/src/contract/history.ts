/** Pages of a conversation's log as the API gives them, and what hangs on their messages. */

import { asObject, type Fields, Malformed, readInteger, readList, readOptionalInteger, readText } from "./decode";
import { type Message, parseMessage } from "./envelope";

/** One sign below a message. `who` names at most twenty of those who set it. */
export interface ReactionCount {
	readonly emoji: string;
	readonly count: number;
	readonly mine: boolean;
	readonly who: readonly string[];
}

/** How a poll stands, by the places of its options; `who` is null in an anonymous one. */
export interface PollCount {
	readonly counts: readonly number[];
	readonly voters: number;
	readonly mine: readonly number[];
	readonly who: readonly (readonly string[])[] | null;
}

export interface ThreadCount {
	readonly count: number;
	readonly lastSeq: number;
}

/** What hangs on a message. */
export interface Marks {
	readonly reactions: readonly ReactionCount[];
	readonly pinned: boolean;
	readonly thread: ThreadCount | null;
	readonly poll: PollCount | null;
}

export const NO_MARKS: Marks = { reactions: [], pinned: false, thread: null, poll: null };

/** A page of history, ascending by seq. `firstSeq` and `lastSeq` bound what the reader may see at all. */
export interface HistoryPage {
	readonly messages: readonly Message[];
	/** By the seq of a message of this page or of `origins`; without an entry: nothing hangs on it. */
	readonly marks: ReadonlyMap<number, Marks>;
	/** What messages of the page answer, and the page itself does not hold. */
	readonly origins: readonly Message[];
	readonly firstSeq: number;
	readonly lastSeq: number;
	readonly peerReadSeq: number | null;
	readonly peerDeliveredSeq: number | null;
}

/** Where a page lies: beside a seq that is known (exclusive), around one, from a time on, or, without any, at the end. */
export type Place =
	| { readonly after: number }
	| { readonly before: number }
	| { readonly around: number }
	| { readonly at: number }
	| Readonly<Record<string, never>>;

/** One message with what hangs on it; `origin` is what it answers. */
export interface OneMessage {
	readonly message: Message;
	readonly marks: Marks;
	readonly origin: Message | null;
}

export interface Pinned {
	readonly message: Message;
	readonly by: string;
	readonly at: number;
}

/** How many of those who might have read a message have, and the first of them. */
export interface Readers {
	readonly readers: readonly { readonly username: string; readonly displayName: string; readonly at: number }[];
	readonly read: number;
	readonly of: number;
	readonly next: string | null;
}

/** What a message said before an edit. */
export interface Version {
	readonly body: string;
	readonly at: number;
}

/** What a page shows of a link. `picture`: there is a small one to ask for. */
export interface Preview {
	readonly url: string;
	readonly title: string;
	readonly description: string;
	readonly site: string;
	readonly picture: boolean;
}

export function parseHistoryPage(value: unknown): HistoryPage {
	const fields = asObject(value, "history");
	return {
		messages: readList(fields, "messages", parseMessage),
		marks: parseMarksBySeq(fields.marks),
		origins: readListIfAny(fields, "origins", parseMessage),
		firstSeq: readInteger(fields, "first_seq"),
		lastSeq: readInteger(fields, "last_seq"),
		peerReadSeq: readOptionalInteger(fields, "peer_read_seq", null),
		peerDeliveredSeq: readOptionalInteger(fields, "peer_delivered_seq", null),
	};
}

export function parseOneMessage(value: unknown): OneMessage {
	const fields = asObject(value, "message");
	return {
		message: parseMessage(fields.message),
		marks: parseMarks(fields.marks ?? {}),
		origin: fields.origin ? parseMessage(fields.origin) : null,
	};
}

export function parsePinned(value: unknown): Pinned {
	const fields = asObject(value, "pin");
	return { message: parseMessage(fields.message), by: readText(fields, "by"), at: readInteger(fields, "at") };
}

export function parseReaders(value: unknown): Readers {
	const fields = asObject(value, "readers");
	return {
		readers: readList(fields, "readers", (item) => {
			const reader = asObject(item, "reader");
			const username = readText(reader, "username");
			return {
				username,
				displayName: readText(reader, "display_name") || username,
				at: readOptionalInteger(reader, "at", 0),
			};
		}),
		read: readInteger(fields, "read"),
		of: readInteger(fields, "of"),
		next: fields.next === undefined || fields.next === null ? null : String(fields.next),
	};
}

export function parseVersion(value: unknown): Version {
	const fields = asObject(value, "version");
	return { body: readText(fields, "body"), at: readInteger(fields, "at") };
}

export function parsePreview(value: unknown): Preview | null {
	const { preview } = asObject(value, "preview");
	if (preview === null || preview === undefined) return null;
	const fields = asObject(preview, "preview");
	return {
		url: readText(fields, "url"),
		title: readText(fields, "title"),
		description: readText(fields, "description"),
		site: readText(fields, "site"),
		picture: fields.picture === true,
	};
}

function parseMarksBySeq(value: unknown): ReadonlyMap<number, Marks> {
	const fields = value === undefined ? {} : asObject(value, "marks");
	return new Map(Object.entries(fields).map(([seq, marks]) => [Number(seq), parseMarks(marks)]));
}

export function parseMarks(value: unknown): Marks {
	const fields = asObject(value, "marks");
	return {
		reactions: readListIfAny(fields, "reactions", parseReaction),
		pinned: fields.pinned === true,
		thread: fields.thread ? parseThread(fields.thread) : null,
		poll: fields.poll ? parsePoll(fields.poll) : null,
	};
}

function parseReaction(value: unknown): ReactionCount {
	const fields = asObject(value, "reaction");
	return {
		emoji: readText(fields, "emoji"),
		count: readInteger(fields, "count"),
		mine: fields.mine === true,
		who: readListIfAny(fields, "who", asName),
	};
}

function parseThread(value: unknown): ThreadCount {
	const fields = asObject(value, "thread");
	return { count: readInteger(fields, "count"), lastSeq: readInteger(fields, "last_seq") };
}

function parsePoll(value: unknown): PollCount {
	const fields = asObject(value, "poll");
	return {
		counts: readList(fields, "counts", asNumber),
		voters: readInteger(fields, "voters"),
		mine: readListIfAny(fields, "mine", asNumber),
		who: Array.isArray(fields.who) ? fields.who.map((names) => (Array.isArray(names) ? names.map(asName) : [])) : null,
	};
}

function readListIfAny<T>(fields: Fields, name: string, parse: (item: unknown) => T): readonly T[] {
	return fields[name] === undefined || fields[name] === null ? [] : readList(fields, name, parse);
}

function asName(value: unknown): string {
	if (typeof value !== "string") throw new Malformed("not a name");
	return value;
}

function asNumber(value: unknown): number {
	if (typeof value !== "number") throw new Malformed("not a number");
	return value;
}
