/** Pages of history: above and below the window, from anywhere in the log, and those that fill a gap. */

import type { HistoryPage, Place } from "../contract/history";
import { type ConversationKey, isGroup } from "../contract/topics";
import { heldAround, type Span } from "../model/bounds";
import { withCards } from "../model/cards";
import { type Conversation, deliveredToPeer, findMessage, readByPeer } from "../model/conversation";
import { isSaid } from "../model/marks";
import type { Store } from "../model/store";
import {
	firstHeld,
	hasGap,
	hasOlder,
	holds,
	withMiddle,
	withNewer,
	withNewest,
	withOlder,
	withOne,
	withPins,
	withThread,
} from "../model/window";
import type { MessagesApi } from "../net/messages";
import { Turns } from "./turns";

export const PAGE = 50;
const SCROLL_PAGE = 10; // while one scrolls: to draw more at once can take longer than a frame should wait
const SCREEN = 20; // messages that fill most of a screen; pages of marks alone do not
const MAX_PAGES = 4; // to fill a screen
const CATCH_UP_PAGE = 200; // the most that the API gives
const MAX_CATCH_UP = 600; // a larger gap is not filled: the window starts anew at the newest page

export class History {
	/** Where the person left each conversation that was not at its end: a message, and how far below the top it stood. */
	readonly left = new Map<ConversationKey, { readonly seq: number; readonly offset: number }>();
	private readonly turns = new Turns();

	constructor(
		private readonly store: Store,
		private readonly api: MessagesApi,
		private readonly pageCame: (key: ConversationKey) => void,
	) {}

	/**
	 * Load one page above the window. Resolves when it is in the model, or when there is none.
	 *
	 * `inView` tells what has to stay when the window grows long; without it nothing is let go.
	 */
	async loadOlder(key: ConversationKey, inView: () => Span | null = () => null): Promise<void> {
		if (this.turns.has(`older ${key}`)) return;
		await this.turns.run(`older ${key}`, async () => {
			const conversation = this.store.find(key);
			if (!conversation || conversation.lastSeq === 0 || !hasOlder(conversation)) return;
			const before = firstHeld(conversation);
			const page = await this.api.page(key, { before }, inView() === null ? PAGE : SCROLL_PAGE);
			// The window may have started anew in between; then this page joins on to nothing.
			this.store.alter(key, (now) =>
				firstHeld(now) === before ? bounded(withOlder(now, page, this.store.me), inView()) : now,
			);
		});
	}

	/** Load one page below a window that is in the middle of the log; `inView` as for older ones. */
	async loadNewer(key: ConversationKey, inView: () => Span | null = () => null): Promise<void> {
		if (this.turns.has(`newer ${key}`)) return;
		await this.turns.run(`newer ${key}`, async () => {
			const conversation = this.store.find(key);
			if (!conversation?.detached) return;
			const { upto } = conversation;
			const limit = inView() === null ? PAGE : SCROLL_PAGE;
			const page = await this.api.page(key, { after: upto }, limit);
			const joins = (now: Conversation) => now.detached && now.upto === upto;
			this.store.alter(key, (now) =>
				joins(now) ? bounded(withNewer(now, page, limit, this.store.me), inView()) : now,
			);
		});
		await this.closeGap(key);
	}

	/** Messages came while others were being read: let go of what is far from those. */
	hold(key: ConversationKey, inView: Span): void {
		this.store.alter(key, (now) => heldAround(now, inView));
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
		const paged = this.store.find(key)?.firstSeq !== null;
		await this.beginAtUnread(key);
		for (let pages = 0; pages < MAX_PAGES; pages += 1) {
			const conversation = this.store.find(key);
			if (!conversation || !hasOlder(conversation) || conversation.messages.filter(isSaid).length >= SCREEN) break;
			await this.loadOlder(key);
		}
		if (paged && !isGroup(key)) await this.loadPeerMark(key);
	}

	/** Bring a message into the window, with what is around it. */
	async goTo(key: ConversationKey, seq: number): Promise<void> {
		const conversation = this.store.find(key);
		if (conversation && holds(conversation, seq)) return;
		this.showMiddle(key, await this.api.page(key, { around: seq }, PAGE));
	}

	/** Bring the first message of that time on into the window; its seq, or null where there is none. */
	async goToTime(key: ConversationKey, at: number): Promise<number | null> {
		const page = await this.api.page(key, { at }, PAGE);
		this.showMiddle(key, page);
		return page.messages.find(isSaid)?.seq ?? null;
	}

	/** Leave the middle of the log for its end. */
	async goToEnd(key: ConversationKey): Promise<void> {
		if (!this.store.find(key)?.detached) return;
		const newest = await this.api.page(key, {}, PAGE);
		this.store.alter(key, (now) => (now.detached ? withNewest(now, newest, this.store.me) : now));
		await this.closeGap(key);
	}

	/** After an outage a window in the middle of the log asks again what has become of its messages. */
	async reload(key: ConversationKey): Promise<void> {
		const messages = this.store.find(key)?.messages ?? [];
		const middle = messages[Math.floor(messages.length / 2)]?.seq;
		if (middle === undefined) return;
		await this.turns.run(`reload ${key}`, async () => {
			this.showMiddle(key, await this.api.page(key, { around: middle }, CATCH_UP_PAGE));
		});
	}

	/** Load a page of a thread: its end, or what is before a seq. True when that was its beginning. */
	async loadThread(key: ConversationKey, root: number, before: number | null): Promise<boolean> {
		const place: Place = before === null ? {} : { before };
		const page = await this.api.thread(key, root, place, PAGE);
		this.store.alter(key, (now) => withThread(now, page, this.store.me));
		const held = this.store.find(key);
		if (held && !findMessage(held, root)) await this.loadMessage(key, root);
		return page.messages.length < PAGE;
	}

	async loadPins(key: ConversationKey): Promise<void> {
		await this.turns.run(`pins ${key}`, async () => {
			const pins = await this.api.pins(key);
			this.store.alter(key, (now) => withPins(now, pins));
		});
	}

	async loadCards(key: ConversationKey): Promise<void> {
		await this.turns.run(`cards ${key}`, async () => {
			const cards = await this.api.cards(key);
			this.store.alter(key, (now) => ({ ...now, cards: withCards(now.cards, cards) }));
		});
	}

	/** Ask how things stand with a message; again while there is something that cannot be counted from here. */
	async loadMessage(key: ConversationKey, seq: number): Promise<void> {
		await this.turns.run(`message ${key} ${seq}`, async () => {
			const asOf = this.store.find(key)?.lastSeq ?? 0;
			const one = await this.api.message(key, seq);
			this.store.alter(key, (now) => withOne(now, one, asOf, this.store.me));
		});
	}

	/** The first page is the one with the first unread message, which the newest page need not reach. */
	private async beginAtUnread(key: ConversationKey): Promise<void> {
		await this.turns.run(`unread ${key}`, async () => {
			const conversation = this.store.find(key);
			if (!conversation || holdsAny(conversation) || conversation.unread === 0) return;
			const { readSeq, lastSeq } = conversation;
			if (lastSeq - readSeq <= PAGE) return;
			const page = await this.api.page(key, { around: readSeq + 1 }, PAGE);
			const now = this.store.find(key);
			if (now && !holdsAny(now)) this.showMiddle(key, page); // or somebody went elsewhere meanwhile
		});
	}

	private showMiddle(key: ConversationKey, page: HistoryPage): void {
		this.store.alter(key, (now) => withMiddle(now, page, this.store.me));
		this.pageCame(key);
		void this.closeGap(key);
	}

	private async catchUp({ key, upto, lastSeq }: Conversation): Promise<void> {
		if (lastSeq - upto > MAX_CATCH_UP) {
			const newest = await this.api.page(key, {}, PAGE);
			this.store.alter(key, (now) => withNewest(now, newest, this.store.me));
			return;
		}
		const page = await this.api.page(key, { after: upto }, CATCH_UP_PAGE);
		const joins = (now: Conversation) => !now.detached && now.upto === upto;
		this.store.alter(key, (now) => (joins(now) ? withNewer(now, page, CATCH_UP_PAGE, this.store.me) : now));
	}

	private async loadPeerMark(key: ConversationKey): Promise<void> {
		await this.turns.run(`mark ${key}`, async () => {
			const { peerReadSeq, peerDeliveredSeq } = await this.api.page(key, {}, 1);
			this.store.alter(key, (item) => deliveredToPeer(readByPeer(item, peerReadSeq ?? 0), peerDeliveredSeq ?? 0));
		});
	}
}

function holdsAny({ messages }: Conversation): boolean {
	return messages.length > 0;
}

function bounded(conversation: Conversation, inView: Span | null): Conversation {
	return inView === null ? conversation : heldAround(conversation, inView);
}
