/** The list of conversations in the order in which it is shown: the rows, and the keys that go from one to the next. */

import { getContext, setContext } from "svelte";
import type { ListMark } from "../../contract/api";
import type { ConversationKey } from "../../contract/topics";
import { type Arrangement, arrange, arrangementOf, type Filter, neighbour } from "../../model/arrange";
import type { Conversation } from "../../model/conversation";
import { type Model, sortedConversations } from "../../model/model";

export class ChatList {
	filter = $state.raw<Filter>({ chip: "all" });
	readonly all = $derived.by(() => sortedConversations(this.model()));
	/** Stays the same while nothing is marked otherwise: each row asks it. */
	readonly arrangement: Arrangement = $derived.by(() => {
		this.before = arrangementOf(this.all, this.model().wishes, this.before);
		return this.before;
	});
	readonly shown = $derived.by(() => arrange(this.all, this.arrangement, this.filter, this.labelled, this.open()));
	private before: Arrangement | null = null;
	private readonly labelled = $derived.by(() => friendsOf(this.model(), this.filter));

	constructor(
		private readonly model: () => Model,
		private readonly open: () => ConversationKey | null,
		private readonly choose: (mark: ListMark, key: ConversationKey, on: boolean) => void,
	) {}

	has(mark: ListMark, key: ConversationKey): boolean {
		return this.arrangement[mark].has(key);
	}

	set(mark: ListMark, key: ConversationKey, on: boolean): void {
		if (this.has(mark, key) !== on) this.choose(mark, key, on);
	}

	neighbour(step: 1 | -1, wanted?: (conversation: Conversation) => boolean): ConversationKey | null {
		return neighbour(this.shown, this.open(), step, wanted);
	}
}

function friendsOf(model: Model, filter: Filter): ReadonlySet<string> {
	if (!("label" in filter)) return new Set();
	return new Set(model.friends.filter(({ labels }) => labels.includes(filter.label)).map(({ username }) => username));
}

const KEY = Symbol("chat list");

export function provideChatList(list: ChatList): void {
	setContext(KEY, list);
}

/** Only components below Shell may ask. */
export function useChatList(): ChatList {
	return getContext<ChatList>(KEY);
}
