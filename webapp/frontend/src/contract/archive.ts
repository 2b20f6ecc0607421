/** Archives of other messengers on their way into a conversation, as the API tells of them. */

import { asObject, readInteger, readOptionalInteger, readString, readText } from "./decode";
import { type ConversationKey, parseConversationKey } from "./topics";

export const SOURCES = ["slack", "telegram", "wechat"] as const;
export type Source = (typeof SOURCES)[number];

export interface Import {
	readonly id: number;
	readonly key: ConversationKey;
	readonly source: string;
	readonly state: string;
	/** Messages: null until they are counted. */
	readonly total: number | null;
	readonly done: number;
	readonly skipped: number;
	/** Why it failed, in the account's language or as a code; "". */
	readonly problem: string;
}

export function parseImport(value: unknown): Import {
	const fields = asObject(value, "import");
	return {
		id: readInteger(fields, "id"),
		key: parseConversationKey(readString(fields, "key")),
		source: readText(fields, "source"),
		state: readText(fields, "state"),
		total: readOptionalInteger(fields, "total", 0) || null,
		done: readOptionalInteger(fields, "done", 0),
		skipped: readOptionalInteger(fields, "skipped", 0),
		problem: readText(fields, "problem"),
	};
}

/** Whether it goes on by itself. */
export function isUnderWay({ state }: Import): boolean {
	return state !== "done" && state !== "failed";
}
