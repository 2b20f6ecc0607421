/**
 * What a composer is about, beside its words: the message that it answers, or the one whose words it changes.
 *
 * Each conversation has a composer, and so has each thread that is open. Whoever shows messages says
 * `messenger.compose(key, { reply: message })` or `{ edit: message }`; the composer shows a bar above the text.
 */

import { Malformed } from "../contract/decode";
import type { Message } from "../contract/envelope";
import { type ConversationKey, parseConversationKey } from "../contract/topics";

/** At most one of the two. */
export interface Composing {
	readonly reply?: Message;
	readonly edit?: Message;
}

/** A conversation, or the thread below one of its messages. */
export type Place = ConversationKey | `${ConversationKey}#${number}`;
export type ComposingMap = ReadonlyMap<Place, Composing>;

export function placeOf(key: ConversationKey, thread: number | null = null): Place {
	return thread === null ? key : `${key}#${thread}`;
}

/** Read a place that was kept. */
export function parsePlace(text: string): Place {
	const [key = "", root, ...rest] = text.split("#");
	if (rest.length > 0 || (root !== undefined && !/^[1-9]\d*$/.test(root))) throw new Malformed(`not a place: ${text}`);
	return placeOf(parseConversationKey(key), root === undefined ? null : Number(root));
}

/** Set what a composer is about; null: nothing but its words. */
export function withComposing(all: ComposingMap, place: Place, composing: Composing | null): ComposingMap {
	const next = new Map(all);
	if (composing) next.set(place, composing);
	else next.delete(place);
	return next;
}
