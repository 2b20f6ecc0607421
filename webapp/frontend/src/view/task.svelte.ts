/** One thing that a person asked for: whether it is under way, and what went wrong. */

import { describeError } from "../i18n";
import { ApiError } from "../net/api";
import type { Ui } from "./ui.svelte";

export class Task {
	busy = $state(false);
	error = $state.raw<unknown>(null);
	readonly message = $derived.by(() => (this.error === null ? "" : describeError(this.ui.t, this.error)));
	/** The input that the server complained about, where it named one. */
	readonly field = $derived(this.error instanceof ApiError ? this.error.field : null);

	constructor(private readonly ui: Ui) {}

	/** Run unless it runs already. True when it succeeded. */
	async run(work: () => Promise<unknown>): Promise<boolean> {
		if (this.busy) return false;
		this.busy = true;
		this.error = null;
		try {
			await work();
			return true;
		} catch (error) {
			this.error = error;
			return false;
		} finally {
			this.busy = false;
		}
	}
}
