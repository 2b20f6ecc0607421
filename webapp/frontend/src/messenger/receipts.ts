/** Telling how far we have read, and how far our devices have received. */

import { type ConversationKey, isGroup, nameOf, readTopic } from "../contract/topics";
import { type Conversation, newestSaid, read } from "../model/conversation";
import type { Store } from "../model/store";
import { hasGap } from "../model/window";
import type { Clock } from "../platform/platform";
import type { Publish } from "./sending";

const EVERY_MS = 1_000; // agreed with the server: a delivery mark at most once a second

export class Receipts {
	private readonly told = new Map<ConversationKey, number>();
	private waiting: (() => void) | null = null;

	constructor(
		private readonly store: Store,
		private readonly publish: Publish,
		private readonly clock: Clock,
	) {}

	/** The person sees the end of the conversation. */
	markRead(key: ConversationKey): void {
		const conversation = this.store.find(key);
		if (!conversation || conversation.detached || hasGap(conversation)) return;
		if (newestSaid(conversation) <= conversation.readSeq) return;
		const seq = conversation.lastSeq;
		if (!this.publish(readTopic(this.store.me, key), JSON.stringify({ seq }))) return;
		this.store.alter(key, (item) => read(item, seq, this.store.me));
		this.told.set(key, seq); // what was read was received
	}

	/** Messages came, live or by the history: tell their senders, a little later and all at once. */
	noteDelivered(): void {
		if (this.waiting !== null) return;
		this.waiting = this.clock.after(EVERY_MS, () => {
			this.waiting = null;
			for (const conversation of this.store.model.conversations.values()) this.tell(conversation);
		});
	}

	stop(): void {
		this.waiting?.();
		this.waiting = null;
	}

	/** Only in conversations of two, and only of what the other said. */
	private tell(conversation: Conversation): void {
		const { key, newest, unread } = conversation;
		if (isGroup(key) || nameOf(key) === this.store.me || newest === null || unread === 0) return;
		if (newest.from === this.store.me || newest.seq <= (this.told.get(key) ?? 0)) return;
		const payload = JSON.stringify({ delivered: newest.seq });
		if (this.publish(readTopic(this.store.me, key), payload)) this.told.set(key, newest.seq);
	}
}
