/** The part of the JSON API that finds messages. */

import { type FoundPage, parseFoundPage } from "../contract/search";
import type { ConversationKey } from "../contract/topics";
import type { Call } from "./api";

const PAGE = 20;
export const MAX_WORDS = 100; // characters

export interface Search {
	readonly words: string;
	readonly key: ConversationKey | "";
	/** The user name of whoever said it. */
	readonly from: string;
	readonly kind: string;
	/** Milliseconds since the epoch, both inclusive. */
	readonly since: number | null;
	readonly until: number | null;
}

export const EVERYTHING: Search = { words: "", key: "", from: "", kind: "", since: null, until: null };

export class SearchApi {
	constructor(private readonly call: Call) {}

	/** One page, newest first; `before` is what the page before it gave as `next`. */
	async find(search: Search, before: number | null): Promise<FoundPage> {
		return parseFoundPage(await this.call("GET", `/search?${queryOf(search, before)}`));
	}
}

/** Whether there is something to look for: words, or a filter that is narrow enough by itself. */
export function isAsked({ words, from, kind, since, until }: Search): boolean {
	return words.trim() !== "" || from !== "" || kind !== "" || since !== null || until !== null;
}

function queryOf({ words, key, from, kind, since, until }: Search, before: number | null): string {
	const given = { q: words.trim(), in: key, from, kind, since, until, before, limit: PAGE };
	const filled = Object.entries(given).filter(([, value]) => value !== "" && value !== null);
	return new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString();
}
