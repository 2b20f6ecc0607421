/** Pages of history: older ones on demand, and those that fill a gap. */

import { type ConversationKey, isGroup } from "../contract/topics";
import {
	type Conversation,
	hasGap,
	hasOlder,
	readByPeer,
	withNewer,
	withNewest,
	withOlder,
} from "../model/conversation";
import type { Store } from "../model/store";
import type { Api } from "../net/api";
import { Turns } from "./turns";

export const PAGE = 50;
const CATCH_UP_PAGE = 200; // the most that the API gives
const MAX_CATCH_UP = 600; // a larger gap is not filled: the window starts anew at the newest page

export class History {
	private readonly turns = new Turns();

	constructor(
		private readonly store: Store,
		private readonly api: Api,
		private readonly pageCame: (key: ConversationKey) => void,
	) {}

	/** Load one page above the window. Resolves when it is in the model, or when there is none. */
	async loadOlder(key: ConversationKey): Promise<void> {
		if (this.turns.has(`older ${key}`)) return;
		await this.turns.run(`older ${key}`, async () => {
			const conversation = this.store.find(key);
			if (!conversation || conversation.lastSeq === 0 || !hasOlder(conversation)) return;
			const before = firstSeqHeld(conversation);
			const page = await this.api.history(key, { before }, PAGE);
			// The window may have started anew in between; then this page joins on to nothing.
			this.store.alter(key, (now) => (firstSeqHeld(now) === before ? withOlder(now, page) : now));
		});
	}

	/** Fill what is missing below the newest message, page by page. */
	async closeGap(key: ConversationKey): Promise<void> {
		await this.turns.run(`gap ${key}`, async () => {
			for (;;) {
				const conversation = this.store.find(key);
				if (!conversation || !hasGap(conversation)) return;
				await this.catchUp(conversation);
				this.pageCame(key);
			}
		});
	}

	/** Enough messages for a screen; and, in a one-to-one conversation, how far the peer has read. */
	async fillScreen(key: ConversationKey): Promise<void> {
		const conversation = this.store.find(key);
		if (!conversation) return;
		if (conversation.messages.length < PAGE && hasOlder(conversation)) await this.loadOlder(key);
		else if (!isGroup(key)) await this.loadPeerMark(key);
	}

	private async catchUp({ key, upto, lastSeq }: Conversation): Promise<void> {
		if (lastSeq - upto > MAX_CATCH_UP) {
			const newest = await this.api.history(key, {}, PAGE);
			this.store.alter(key, (now) => withNewest(now, newest));
			return;
		}
		const page = await this.api.history(key, { after: upto }, CATCH_UP_PAGE);
		this.store.alter(key, (now) => (now.upto === upto ? withNewer(now, page, CATCH_UP_PAGE) : now));
	}

	private async loadPeerMark(key: ConversationKey): Promise<void> {
		await this.turns.run(`mark ${key}`, async () => {
			const { peerReadSeq } = await this.api.history(key, {}, 1);
			this.store.alter(key, (item) => readByPeer(item, peerReadSeq ?? 0));
		});
	}
}

function firstSeqHeld({ messages, upto }: Conversation): number {
	return messages[0]?.seq ?? upto + 1;
}
