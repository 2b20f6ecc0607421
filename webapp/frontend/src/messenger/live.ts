/** What arrives on `live` about a conversation: who writes, how an answer grows, cards, and how far others are. */

import type { Growing, Live, ReadMark } from "../contract/notices";
import type { ConversationKey } from "../contract/topics";
import { withCard } from "../model/cards";
import { deliveredToPeer, expireTyping, read, readByPeer, type Typing, typing } from "../model/conversation";
import type { Store } from "../model/store";
import { expireStreams, withPiece } from "../model/streams";
import type { Clock } from "../platform/platform";

const TYPING_LASTS_MS = 5_000;
const STREAM_LASTS_MS = 30_000; // without growing

export type TalkSignal = Exclude<Live, { type: "presence" }>;

export class LiveSignals {
	constructor(
		private readonly store: Store,
		private readonly clock: Clock,
		private readonly later: (delayMs: number, run: () => void) => void,
	) {}

	handle(live: TalkSignal): void {
		if (live.type === "read") this.handleRead(live);
		else if (live.type === "stream") this.handleStream(live);
		else if (live.type === "card")
			this.store.alter(live.key, (item) => ({ ...item, cards: withCard(item.cards, live.card) }));
		else if (live.from !== this.store.me) this.showTyping(live.key, live.from, live.type);
	}

	private handleRead({ key, from, seq, delivered }: ReadMark): void {
		if (from === this.store.me) {
			if (seq !== null) this.store.alter(key, (item) => read(item, seq, from));
			return;
		}
		this.store.alter(key, (item) => deliveredToPeer(readByPeer(item, seq ?? 0), delivered ?? 0));
	}

	private handleStream({ key, piece }: Growing): void {
		const { from, id } = piece;
		const held = this.store.find(key)?.messages ?? [];
		if (held.some((message) => message.id === id && message.from === from)) return; // late: it is there already
		this.store.alter(key, (item) => ({ ...item, streams: withPiece(item.streams, piece, this.clock.now()) }));
		this.later(STREAM_LASTS_MS, () => {
			const before = this.clock.now() - STREAM_LASTS_MS;
			this.store.alter(key, (item) => {
				const streams = expireStreams(item.streams, before);
				return streams === item.streams ? item : { ...item, streams };
			});
		});
	}

	private showTyping(key: ConversationKey, who: string, what: Typing["what"]): void {
		const untilMs = this.clock.now() + TYPING_LASTS_MS;
		this.store.alter(key, (item) => typing(item, who, untilMs, what));
		this.later(TYPING_LASTS_MS, () => {
			this.store.alter(key, (item) => expireTyping(item, this.clock.now()));
		});
	}
}
