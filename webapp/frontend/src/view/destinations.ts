/** Where something may be sent to. */

import type { ConversationKey } from "../contract/topics";
import { type Model, sortedConversations } from "../model/model";
import type { Names } from "./names.svelte";

export interface Destination {
	readonly key: ConversationKey;
	readonly title: string;
}

/** Those one has talked with, the latest first, then friends with whom one has not. */
export function destinations(model: Model, names: Names): readonly Destination[] {
	const known = sortedConversations(model).map(({ key, title }) => ({
		key,
		title: names.conversation({ key, title }),
	}));
	const fresh = model.friends
		.map(({ username }) => ({ key: `user/${username}` as const, title: names.person(username) }))
		.filter(({ key }) => !model.conversations.has(key));
	return [...known, ...fresh];
}

/** By a part of the title or of the name. */
export function matching(all: readonly Destination[], query: string): readonly Destination[] {
	const part = query.trim().toLowerCase();
	return all.filter(({ key, title }) => `${title} ${key}`.toLowerCase().includes(part));
}
