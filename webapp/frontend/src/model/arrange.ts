/** The list of conversations as its person orders it: pinned, archived, marked as unread, filtered. Pure. */

import { LIST_MARKS, type ListMark } from "../contract/api";
import { asObject } from "../contract/decode";
import { type ConversationKey, isGroup, nameOf, parseConversationKey } from "../contract/topics";
import type { Conversation } from "./conversation";

/** Which conversations are marked. */
export type Arrangement = Readonly<Record<ListMark, ReadonlySet<ConversationKey>>>;

export const CHIPS = ["all", "unread", "people", "groups", "archived"] as const;
export type Chip = (typeof CHIPS)[number];
/** One of the chips, or those of our friends who carry a label. */
export type Filter = { readonly chip: Chip } | { readonly label: string };

/** What was chosen in this browser and is not known to be so yet: a mark set, or taken back. */
export type Wish = `${ListMark} ${ConversationKey}`;
export type Wishes = ReadonlyMap<Wish, boolean>;

export const NO_WISHES: Wishes = new Map();

export function listKey(account: string): string {
	return `hongyan.list.${account}`;
}

/** What waits to be told, as it was written; or an arrangement of the time when only the browser knew of it. */
export function parseWishes(text: string | null): Wishes {
	try {
		const kept = Object.entries(asObject(JSON.parse(text ?? "{}")));
		return new Map(
			kept.flatMap(([name, value]) => (Array.isArray(value) ? setAll(name, value) : readWish(name, value))),
		);
	} catch {
		return NO_WISHES;
	}
}

function setAll(mark: string, keys: readonly unknown[]): [Wish, boolean][] {
	return keys.flatMap((key) => readWish(`${mark} ${key}`, true));
}

function readWish(name: string, on: unknown): [Wish, boolean][] {
	const [word, key = ""] = name.split(" ");
	const mark = LIST_MARKS.find((known) => known === word);
	return mark ? [[wishFor(mark, parseConversationKey(key)), on === true]] : [];
}

export function writeWishes(wishes: Wishes): string {
	return JSON.stringify(Object.fromEntries(wishes));
}

export function wishFor(mark: ListMark, key: ConversationKey): Wish {
	return `${mark} ${key}`;
}

export function splitWish(wish: Wish): [ListMark, ConversationKey] {
	return wish.split(" ") as [ListMark, ConversationKey];
}

/** What the server said, and beyond it what is wished for; `before` itself where it still is so. */
export function arrangementOf(
	conversations: readonly Conversation[],
	wishes: Wishes,
	before: Arrangement | null = null,
): Arrangement {
	const sets = {
		pinned: new Set<ConversationKey>(),
		archived: new Set<ConversationKey>(),
		unread: new Set<ConversationKey>(),
	};
	for (const { key, listMarks } of conversations) for (const mark of listMarks) sets[mark].add(key);
	for (const [wish, on] of wishes) {
		const [mark, key] = splitWish(wish);
		if (on) sets[mark].add(key);
		else sets[mark].delete(key);
	}
	return before && LIST_MARKS.every((mark) => hasSame(sets[mark], before[mark])) ? before : sets;
}

function hasSame(a: ReadonlySet<ConversationKey>, b: ReadonlySet<ConversationKey>): boolean {
	return a.size === b.size && [...a].every((key) => b.has(key));
}

export function isUnread({ key, unread }: Conversation, arrangement: Arrangement): boolean {
	return unread > 0 || arrangement.unread.has(key);
}

/**
 * What the list shows, in the given order but the pinned first.
 *
 * The conversation that is open stays among the unread ones: what one reads must not jump away.
 */
export function arrange(
	conversations: readonly Conversation[],
	arrangement: Arrangement,
	filter: Filter,
	labelled: ReadonlySet<string>,
	open: ConversationKey | null,
): readonly Conversation[] {
	const shown = conversations.filter((item) => fits(item, arrangement, filter, labelled, open));
	const pinned = shown.filter(({ key }) => arrangement.pinned.has(key));
	return pinned.length > 0 ? [...pinned, ...shown.filter(({ key }) => !arrangement.pinned.has(key))] : shown;
}

function fits(
	conversation: Conversation,
	arrangement: Arrangement,
	filter: Filter,
	labelled: ReadonlySet<string>,
	open: ConversationKey | null,
): boolean {
	const { key } = conversation;
	const archived = arrangement.archived.has(key);
	if ("label" in filter) return !isGroup(key) && labelled.has(nameOf(key));
	if (filter.chip === "archived") return archived;
	if (archived) return false;
	if (filter.chip === "unread") return isUnread(conversation, arrangement) || key === open;
	return filter.chip === "all" || isGroup(key) === (filter.chip === "groups");
}

/** The neighbour in the list that is wanted, around its ends. Null: there is none. */
export function neighbour(
	list: readonly Conversation[],
	from: ConversationKey | null,
	step: 1 | -1,
	wanted: (conversation: Conversation) => boolean = () => true,
): ConversationKey | null {
	const at = list.findIndex(({ key }) => key === from);
	const start = at < 0 && step < 0 ? 0 : at;
	for (let away = 1; away <= list.length; away += 1) {
		const item = list[(start + step * away + list.length * 2) % list.length];
		if (item && item.key !== from && wanted(item)) return item.key;
	}
	return null;
}
