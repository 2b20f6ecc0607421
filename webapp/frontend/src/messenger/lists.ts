/** The lists that the API keeps: asked for at the start, after every reconnect, and when a notice says so. */

import type { ConversationKey } from "../contract/topics";
import { type Model, withFriends, withGroupDetail, withHeads, withRequests } from "../model/model";
import type { Store } from "../model/store";
import type { Api } from "../net/api";
import { Turns } from "./turns";

export type List = "friends" | "requests" | "blocks" | "groups" | "conversations";
export const ALL_LISTS: readonly List[] = ["friends", "requests", "blocks", "groups", "conversations"];

/** Which lists a notice touches, by its `type`. */
export const TOUCHED: Readonly<Record<string, readonly List[]>> = {
	friend_request: ["requests"],
	friend_accepted: ["requests", "friends", "conversations"],
	friend_declined: ["requests"],
	friend_removed: ["friends", "conversations"],
	blocked: ["blocks", "friends"],
	unblocked: ["blocks", "friends"],
	group_added: ["groups", "conversations"],
	group_removed: ["groups", "conversations"],
	group_changed: ["groups", "conversations"],
};

export class Lists {
	private readonly turns = new Turns();

	constructor(
		private readonly store: Store,
		private readonly api: Api,
		/** The conversation in view, whose window must stay. */
		private readonly open: () => ConversationKey | null,
		private readonly headsCompared: () => void,
	) {}

	async refresh(lists: readonly List[]): Promise<void> {
		await Promise.all(lists.map((list) => this.turns.run(list, () => this.load(list))));
	}

	async loadGroup(name: string): Promise<void> {
		await this.turns.run(`group ${name}`, async () => {
			const detail = await this.api.group(name);
			this.store.update((model) => withGroupDetail(model, detail));
		});
	}

	private async load(list: List): Promise<void> {
		this.store.update(await this.ask(list));
		if (list === "conversations") this.headsCompared();
	}

	/** Ask for a list; the answer puts it into a model. */
	private async ask(list: List): Promise<(model: Model) => Model> {
		if (list === "conversations") {
			const heads = await this.api.conversations();
			return (model) => withHeads(model, heads, this.open());
		}
		if (list === "friends") {
			const friends = await this.api.friends();
			return (model) => withFriends(model, friends);
		}
		if (list === "requests") {
			const requests = await this.api.friendRequests();
			return (model) => withRequests(model, requests);
		}
		const lists = list === "blocks" ? { blocks: await this.api.blocks() } : { groups: await this.api.groups() };
		return (model) => ({ ...model, ...lists });
	}
}
