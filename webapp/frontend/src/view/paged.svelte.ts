/** A long list that is loaded page by page. */

import type { Paged } from "../contract/groups";

export class PagedList<T> {
	items = $state.raw<readonly T[]>([]);
	next = $state<string | null>(null);
	/** Whether a page was loaded. */
	begun = $state(false);
	private generation = 0;

	constructor(private readonly ask: (after: string | null) => Promise<Paged<T>>) {}

	clear(): void {
		this.generation += 1; // an answer under way belongs to another list
		this.items = [];
		this.next = null;
		this.begun = false;
	}

	/** Load the page after `after`, the first one with null. */
	async load(after: string | null): Promise<void> {
		const generation = this.generation;
		const page = await this.ask(after);
		if (generation !== this.generation) return;
		this.items = after === null ? page.items : [...this.items, ...page.items];
		this.next = page.next;
		this.begun = true;
	}

	/** Load as many anew as there are, from the page after `start`. */
	async again(start: string | null): Promise<void> {
		const { length } = this.items;
		this.clear();
		let after = start;
		do {
			await this.load(after);
			after = this.next;
		} while (after !== null && this.items.length < length);
	}
}
