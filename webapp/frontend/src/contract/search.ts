/** What a search found, as the API tells of it. */

import {
	asObject,
	type Fields,
	Malformed,
	readList,
	readObject,
	readOptionalInteger,
	readString,
	readText,
} from "./decode";
import { type Message, parseMessage } from "./envelope";
import { type ConversationKey, parseConversationKey } from "./topics";

/** Where a word stands in `body`: characters, the end is behind it. */
export type Span = readonly [start: number, end: number];

export interface Found {
	readonly key: ConversationKey;
	readonly title: string;
	readonly message: Message;
	readonly highlights: readonly Span[];
	/** What was said before and after it. */
	readonly before: Message | null;
	readonly after: Message | null;
}

export interface FoundPage {
	readonly items: readonly Found[];
	/** Where the search goes on; a page may be empty and yet have one. */
	readonly next: number | null;
	/** Whether the newest messages are not indexed yet. */
	readonly behind: boolean;
}

export function parseFoundPage(value: unknown): FoundPage {
	const fields = asObject(value, "search");
	return {
		items: readList(fields, "results", parseFound),
		next: readOptionalInteger(fields, "next", null),
		behind: fields.behind === true,
	};
}

function parseFound(value: unknown): Found {
	const fields = asObject(value, "result");
	const context = fields.context ? readObject(fields, "context") : {};
	return {
		key: parseConversationKey(readString(fields, "key")),
		title: readText(fields, "title"),
		message: parseMessage(fields.message),
		highlights: fields.highlights ? readList(fields, "highlights", parseSpan) : [],
		before: parseNeighbour(context, "before"),
		after: parseNeighbour(context, "after"),
	};
}

function parseNeighbour(context: Fields, side: "before" | "after"): Message | null {
	return context[side] ? parseMessage(context[side]) : null;
}

function parseSpan(value: unknown): Span {
	if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isInteger)) throw new Malformed("highlights");
	return [value[0], value[1]];
}
