/** The looks that this browser's person chose, kept on the shelf and the same in every tab. */

import { attributesOf, LOOKS_KEY, type Looks, parseLooks, USUAL } from "../../model/looks";
import { readWishes, watchLooks, wear } from "../../platform/looks";
import type { Shelf } from "../../platform/platform";

export class Appearance {
	looks = $state.raw<Looks>(USUAL);

	constructor(private readonly shelf: Shelf) {
		this.read();
		watchLooks(LOOKS_KEY, () => this.read());
	}

	choose(change: Partial<Looks>): void {
		this.looks = { ...this.looks, ...change };
		this.shelf.set(LOOKS_KEY, JSON.stringify(this.looks));
		this.apply();
	}

	private read(): void {
		this.looks = parseLooks(this.shelf.get(LOOKS_KEY));
		this.apply();
	}

	private apply(): void {
		wear(attributesOf(this.looks, readWishes()));
	}
}
