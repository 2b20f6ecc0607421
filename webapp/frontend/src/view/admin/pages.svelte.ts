/** A long list that is fetched page by page. */

import type { Paged } from "../../contract/admin";
import { Task } from "../task.svelte";
import type { Ui } from "../ui.svelte";

export class Pages<T> {
	items = $state.raw<readonly T[]>([]);
	/** Whether anything has been fetched yet. */
	loaded = $state(false);
	readonly task: Task;
	private next = $state.raw<string | null>(null);
	readonly hasMore = $derived(this.next !== null);
	private turn = 0;

	constructor(
		ui: Ui,
		private readonly ask: (after: string | null) => Promise<Paged<T>>,
	) {
		this.task = new Task(ui);
	}

	/** Begin anew: what was asked before and is answered later counts no more. */
	async restart(): Promise<void> {
		this.turn += 1;
		const { turn } = this;
		const page = await this.ask(null);
		if (turn !== this.turn) return;
		this.items = page.items;
		this.next = page.next;
		this.loaded = true;
	}

	more(): Promise<boolean> {
		const { turn, next } = this;
		return this.task.run(async () => {
			const page = await this.ask(next);
			if (turn !== this.turn) return;
			this.items = [...this.items, ...page.items];
			this.next = page.next;
		});
	}
}
