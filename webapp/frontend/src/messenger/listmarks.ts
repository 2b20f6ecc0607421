/**
 * What the person pins, archives and marks as unread: shown at once, told to the server as soon as there is one.
 *
 * What waits to be told lies on the shelf, which all tabs of the browser share; what was told stays in the model until
 * the list of conversations, asked for afterwards, says it too.
 */

import type { ListMark } from "../contract/api";
import type { ConversationKey } from "../contract/topics";
import { listKey, parseWishes, splitWish, type Wish, type Wishes, wishFor, writeWishes } from "../model/arrange";
import type { Model } from "../model/model";
import type { Store } from "../model/store";
import { ApiError } from "../net/api";
import type { MessagesApi } from "../net/messages";
import type { Shelf } from "../platform/platform";
import { Turns } from "./turns";

const FINAL: ReadonlySet<number> = new Set([400, 404, 409]); // the statuses of an answer that stays the same

export class ListMarks {
	private readonly turns = new Turns();
	private readonly told = new Map<Wish, boolean>();

	constructor(
		private readonly store: Store,
		private readonly shelf: Shelf,
		private readonly messages: MessagesApi,
		/** The list of conversations is to be asked for again. */
		private readonly changed: () => void,
		private readonly refused: (code: string, message: string) => void,
	) {}

	/** Take up what waits, whichever tab has left it; an arrangement from before the server kept them waits, too. */
	load(): void {
		this.show(this.waiting());
	}

	choose(mark: ListMark, key: ConversationKey, on: boolean): void {
		const wish = wishFor(mark, key);
		this.told.delete(wish);
		this.keep(new Map(this.waiting()).set(wish, on));
		void this.tellAll();
	}

	/** One after the other, as they were chosen. */
	tellAll(): Promise<void> {
		if (this.shelf.get(this.key) === null) return Promise.resolve();
		return this.turns.run("tell", async () => {
			const before = this.waiting();
			this.keep(before); // an empty one goes
			for (const [wish, on] of before) await this.tell(wish, on);
			if (before.size > 0) this.changed();
		});
	}

	/** To call before the list is asked for: what to do with a model that has the answer, which knows what was told. */
	asking(): (model: Model) => Model {
		const known = new Map(this.told);
		return (model) => {
			const left = [...model.wishes].filter(([wish, on]) => known.get(wish) !== on || this.told.get(wish) !== on);
			for (const [wish, on] of known) if (this.told.get(wish) === on) this.told.delete(wish);
			return known.size > 0 ? { ...model, wishes: new Map(left) } : model;
		};
	}

	private get key(): string {
		return listKey(this.store.me);
	}

	private waiting(): Wishes {
		return parseWishes(this.shelf.get(this.key));
	}

	private async tell(wish: Wish, on: boolean): Promise<void> {
		const [mark, key] = splitWish(wish);
		try {
			await this.messages.mark(key, mark, on);
			this.told.set(wish, on);
		} catch (error) {
			if (!(error instanceof ApiError && FINAL.has(error.status))) throw error; // it waits for the next connection
			if (error.code !== "unknown_conversation") this.refused(error.code, error.message);
		}
		const waiting = new Map(this.waiting());
		if (waiting.get(wish) === on) waiting.delete(wish);
		else this.told.delete(wish); // chosen otherwise meanwhile
		this.keep(waiting);
	}

	private keep(waiting: Wishes): void {
		if (waiting.size > 0) this.shelf.set(this.key, writeWishes(waiting));
		else this.shelf.remove(this.key);
		this.show(waiting);
	}

	private show(waiting: Wishes): void {
		const wishes = new Map([...this.told, ...waiting]);
		if (wishes.size > 0 || this.store.model.wishes.size > 0) this.store.update((model) => ({ ...model, wishes }));
	}
}
