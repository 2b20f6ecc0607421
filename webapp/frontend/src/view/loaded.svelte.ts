/** Something that a page shows and the server keeps: asked for when the page opens, and again after a change. */

import { Task } from "./task.svelte";
import type { Ui } from "./ui.svelte";

export class Loaded<T> {
	value = $state.raw<T | null>(null);
	readonly task: Task;

	constructor(
		ui: Ui,
		private readonly ask: () => Promise<T>,
	) {
		this.task = new Task(ui);
		void this.task.run(() => this.load());
	}

	/** Ask again; what is shown stays until the answer is there. Throws what the server refuses. */
	async load(): Promise<void> {
		this.value = await this.ask();
	}
}
