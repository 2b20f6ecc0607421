/** Messages without a stamp, kept until they have one, also when the page is closed in between. */

import { asObject, readInteger, readString } from "../contract/decode";
import { type ConversationKey, parseConversationKey } from "../contract/topics";
import type { Shelf } from "../platform/platform";

export interface Waiting {
	readonly key: ConversationKey;
	readonly id: string;
	readonly body: string;
	readonly at: number;
}

export class Outbox {
	private readonly prefix: string;

	constructor(
		private readonly shelf: Shelf,
		account: string,
	) {
		this.prefix = `hongyan.outbox.${account}/`;
	}

	/** One entry a message, so that two windows never overwrite each other's. */
	put(waiting: Waiting): void {
		this.shelf.set(this.prefix + waiting.id, JSON.stringify(waiting));
	}

	remove(id: string): void {
		this.shelf.remove(this.prefix + id);
	}

	/** Oldest first. What cannot be read is thrown away. */
	load(): Waiting[] {
		const ids = this.shelf.keys().filter((key) => key.startsWith(this.prefix));
		return ids.flatMap((key) => this.read(key)).sort((a, b) => a.at - b.at);
	}

	clear(): void {
		for (const { id } of this.load()) this.remove(id);
	}

	private read(shelfKey: string): Waiting[] {
		try {
			const fields = asObject(JSON.parse(this.shelf.get(shelfKey) ?? ""));
			const key = parseConversationKey(readString(fields, "key"));
			return [{ key, id: readString(fields, "id"), body: readString(fields, "body"), at: readInteger(fields, "at") }];
		} catch {
			this.shelf.remove(shelfKey);
			return [];
		}
	}
}
