/** Holds the model of now; whoever changes it goes through here. */

import type { ConversationKey } from "../contract/topics";
import type { Conversation } from "./conversation";
import { change, type Model } from "./model";

export class Store {
	constructor(
		public model: Model,
		private readonly changed: (model: Model) => void,
	) {}

	get me(): string {
		return this.model.me.username;
	}

	find(key: ConversationKey): Conversation | undefined {
		return this.model.conversations.get(key);
	}

	/** Apply a change to the model of now: after a wait, an earlier model would undo what happened meanwhile. */
	update(next: (model: Model) => Model): void {
		const model = next(this.model);
		if (model === this.model) return;
		this.model = model;
		this.changed(model);
	}

	/** Change a conversation that there is: an answer of the server may come after it has left the list. */
	alter(key: ConversationKey, next: (conversation: Conversation) => Conversation): void {
		if (this.model.conversations.has(key)) this.update((model) => change(model, key, next));
	}

	/** Change a conversation; one that is not known yet is made. */
	begin(key: ConversationKey, next: (conversation: Conversation) => Conversation): void {
		this.update((model) => change(model, key, next));
	}
}
