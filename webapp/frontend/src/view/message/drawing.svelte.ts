/** How many rows of an opened conversation are drawn: the last ones at once, those above them with the next frames. */

import { tick } from "svelte";

const LEAST_ROW_PX = 48; // as many as fill a screen come first
const MORE_ROWS = 15;
const ALL = Number.POSITIVE_INFINITY;

export class Drawing {
	/** Of the last rows; infinite once all are. */
	count = $state(ALL);

	/** `atEnd`: it is opened at its end, so that nobody misses what is above. */
	constructor(atEnd: boolean) {
		if (atEnd) this.count = Math.ceil(innerHeight / LEAST_ROW_PX);
	}

	get whole(): boolean {
		return this.count === ALL;
	}

	/** Before going to one of the rows. Resolves once all of them are in the page. */
	async finish(): Promise<void> {
		this.count = ALL;
		await tick();
	}

	/** Once what is drawn is on the screen, some more of `rows()`, and so on, then `done`; the answer ends it. */
	goOn(rows: () => number, done: () => void): (() => void) | undefined {
		if (this.whole || rows() === 0) return;
		let ended = false;
		const more = () => {
			if (ended) return;
			if (this.count + MORE_ROWS < rows()) this.count += MORE_ROWS;
			else void this.finish().then(done);
		};
		requestAnimationFrame(() => setTimeout(more));
		return () => {
			ended = true;
		};
	}
}
