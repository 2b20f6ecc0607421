/** The lists that the API keeps: asked for at the start, after every reconnect, and when a notice says so. */

import { type ConversationKey, isGroup, nameOf } from "../contract/topics";
import {
	type Model,
	withFaces,
	withFriends,
	withGroupDetail,
	withHeads,
	withMembers,
	withProfile,
	withRequests,
} from "../model/model";
import type { Store } from "../model/store";
import type { Api } from "../net/api";
import type { ContactLists, GroupLists } from "../net/lists";
import { Turns } from "./turns";

export type List = "friends" | "requests" | "blocks" | "groups" | "conversations";
export const ALL_LISTS: readonly List[] = ["friends", "requests", "blocks", "groups", "conversations"];

/** Which lists a notice touches, by its `type`. */
export const TOUCHED: Readonly<Record<string, readonly List[]>> = {
	friend_request: ["requests"],
	friend_accepted: ["requests", "friends", "conversations"],
	friend_declined: ["requests"],
	friend_withdrawn: ["requests"],
	friend_removed: ["friends", "conversations"],
	contact_changed: ["friends", "conversations"],
	profile_changed: ["friends"],
	blocked: ["blocks", "friends"],
	unblocked: ["blocks", "friends"],
	group_added: ["groups", "conversations"],
	group_removed: ["groups", "conversations"],
	group_changed: ["groups", "conversations"],
	draft: ["conversations"],
	list_marked: ["conversations"],
	conversation_changed: ["conversations"],
};

export class Lists {
	private readonly turns = new Turns();
	private readonly met = new Set<string>();

	constructor(
		private readonly store: Store,
		private readonly api: Api,
		private readonly contacts: ContactLists,
		private readonly groups: GroupLists,
		/** The conversation in view, whose window must stay. */
		private readonly open: () => ConversationKey | null,
		private readonly headsCompared: () => void,
		/** Called before the heads are asked for; the answer is for the model that has them. */
		private readonly asking: () => (model: Model) => Model,
	) {}

	async refresh(lists: readonly List[]): Promise<void> {
		await Promise.all(lists.map((list) => this.turns.run(list, () => this.load(list))));
	}

	async loadGroup(name: string): Promise<void> {
		await this.turns.run(`group ${name}`, async () => {
			const detail = await this.groups.load(name);
			this.store.update((model) => withGroupDetail(model, detail));
		});
	}

	async loadPerson(name: string): Promise<void> {
		await this.turns.run(`person ${name}`, async () => {
			const profile = await this.contacts.person(name);
			this.store.update((model) => withProfile(model, profile));
		});
	}

	/** Find out, once, who it is that speaks where a list does not say: past members, and those of a long list. */
	async meet(key: ConversationKey, names: readonly string[]): Promise<void> {
		for (const name of names) {
			if (this.met.has(`${key} ${name}`)) continue;
			this.met.add(`${key} ${name}`);
			await this.findOut(key, name).catch(() => undefined); // then the account's own name is shown
		}
	}

	private async findOut(key: ConversationKey, name: string): Promise<void> {
		const group = nameOf(key);
		const long = isGroup(key) && this.store.model.details.get(group)?.next;
		const { items } = long ? await this.groups.members(group, null, name) : { items: [] };
		const member = items.find(({ username }) => username === name);
		if (member) this.store.update((model) => withMembers(model, group, [member]));
		else if (!this.store.model.faces.has(name)) await this.loadPerson(name);
	}

	private async load(list: List): Promise<void> {
		this.store.update(await this.ask(list));
		if (list === "conversations") this.headsCompared();
	}

	/** Ask for a list; the answer puts it into a model. */
	private async ask(list: List): Promise<(model: Model) => Model> {
		if (list === "conversations") {
			const settle = this.asking();
			const { conversations } = this.store.model;
			const heads = await this.api.conversations();
			return (model) => settle(withHeads(model, heads, this.open(), conversations));
		}
		if (list === "friends") {
			const friends = await this.contacts.friends();
			return (model) => withFriends(model, friends);
		}
		if (list === "requests") {
			const requests = await this.contacts.requests();
			return (model) => withRequests(model, requests);
		}
		if (list === "groups") {
			const groups = await this.groups.list();
			return (model) => ({ ...model, groups });
		}
		const blocks = await this.contacts.blocks();
		return (model) => withFaces({ ...model, blocks }, blocks);
	}
}
