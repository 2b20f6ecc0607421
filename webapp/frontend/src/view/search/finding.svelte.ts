/** A search that is kept while a person looks at what it found. */

import type { Paged } from "../../contract/groups";
import type { Found, FoundPage } from "../../contract/search";
import type { ConversationKey } from "../../contract/topics";
import type { Messenger } from "../../messenger/messenger";
import { ApiError } from "../../net/api";
import { EVERYTHING, isAsked, type Search, SearchApi } from "../../net/search";
import { PagedList } from "../paged.svelte";
import { Task } from "../task.svelte";
import type { Ui } from "../ui.svelte";

const PAUSE_MS = 250; // between the last key and the question
const NOTHING: FoundPage = { items: [], next: null, behind: false };

export class Finding {
	search = $state.raw<Search>(EVERYTHING);
	behind = $state(false);
	readonly list: PagedList<Found>;
	readonly task: Task;
	private readonly api: SearchApi;
	private cancel = () => {};

	constructor(
		private readonly ui: Ui,
		messenger: Messenger,
	) {
		this.api = new SearchApi(messenger.api.call);
		this.task = new Task(ui);
		this.list = new PagedList((before) => this.page(before));
	}

	get asked(): boolean {
		return isAsked(this.search);
	}

	/** Look for something else; what was found before goes at once. */
	change(change: Partial<Search>, pauseMs = PAUSE_MS): void {
		this.search = { ...this.search, ...change };
		this.list.clear();
		this.cancel();
		this.task.error = null;
		if (this.asked) this.cancel = this.ui.platform.clock.after(pauseMs, () => void this.more(null));
	}

	/** The page after what is shown, or the first one. */
	async more(before: string | null): Promise<void> {
		try {
			await this.list.load(before);
		} catch (error) {
			this.task.error = error;
		}
	}

	/** An empty page says only that the search goes on further back. */
	private async page(before: string | null): Promise<Paged<Found>> {
		const { search } = this;
		let page = await this.find(search, before === null ? null : Number(before));
		while (page.items.length === 0 && page.next !== null && search === this.search)
			page = await this.find(search, page.next);
		this.behind = page.behind;
		return { items: page.items, next: page.next === null ? null : String(page.next) };
	}

	/** With a stranger, as long as nobody has said a word, there is no conversation, and nothing to find. */
	private async find(search: Search, before: number | null): Promise<FoundPage> {
		try {
			return await this.api.find(search, before);
		} catch (error) {
			if (error instanceof ApiError && error.code === "unknown_conversation") return NOTHING;
			throw error;
		}
	}
}

const ALL = new WeakMap<Messenger, Finding>();

/** The search of whoever is signed in; in another conversation it begins anew. */
export function findingOf(ui: Ui, messenger: Messenger, key: ConversationKey | null): Finding {
	const known = ALL.get(messenger);
	if (known && known.search.key === (key ?? "")) return known;
	const fresh = new Finding(ui, messenger);
	fresh.search = { ...EVERYTHING, key: key ?? "" };
	ALL.set(messenger, fresh);
	return fresh;
}
