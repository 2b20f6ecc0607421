/** Words that are being written in threads: the server keeps one draft a conversation, so these stay in this browser. */

import type { Place } from "../model/composing";
import type { Shelf } from "../platform/platform";

export class ThreadWords {
	private readonly prefix: string;

	constructor(
		private readonly shelf: Shelf,
		account: string,
	) {
		this.prefix = `hongyan.thread.${account}/`;
	}

	of(place: Place): string {
		return this.shelf.get(this.prefix + place) ?? "";
	}

	note(place: Place, text: string): void {
		if (text.trim()) this.shelf.set(this.prefix + place, text);
		else this.shelf.remove(this.prefix + place);
	}

	clear(): void {
		for (const key of this.shelf.keys()) if (key.startsWith(this.prefix)) this.shelf.remove(key);
	}
}
