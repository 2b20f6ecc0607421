/** What a page tells while nobody looks at it: a notification, a soft sound. Knows no page. */

import type { Message } from "../contract/envelope";
import type { ConversationKey } from "../contract/topics";
import type { Model } from "../model/model";
import { isWorthTelling, type Quiet } from "../model/notifying";
import type { Clock } from "../platform/platform";

const COURTESY_MS = 1_500; // another tab, or the phone, may be where it is read

/** What the browser is asked for. */
export interface Desk {
	/** Whether this conversation is before somebody's eyes. */
	sees(key: ConversationKey): boolean;
	/** Whether nobody looks at the page. */
	hidden(): boolean;
	/** Whether this tab speaks for all of them. */
	leads(): boolean;
	/** Whether notifications are wanted and allowed, and none comes from the server. */
	mayShow(): boolean;
	show(key: ConversationKey, message: Message): void;
	/** Where the person wants it. */
	chime(): void;
}

export class Notifier {
	private readonly timers = new Set<() => void>();

	constructor(
		private readonly desk: Desk,
		private readonly clock: Clock,
		private readonly model: () => Model | null,
		private readonly quiet: () => Quiet | null,
	) {}

	/** Somebody else wrote. */
	hear(key: ConversationKey, message: Message): void {
		if (this.desk.sees(key)) return;
		const cancel = this.clock.after(COURTESY_MS, () => {
			this.timers.delete(cancel);
			this.tell(key, message);
		});
		this.timers.add(cancel);
	}

	stop(): void {
		for (const cancel of this.timers) cancel();
		this.timers.clear();
	}

	private tell(key: ConversationKey, message: Message): void {
		const { desk } = this;
		const conversation = this.model()?.conversations.get(key);
		if (!desk.leads() || desk.sees(key)) return;
		if (!isWorthTelling(conversation, message, this.quiet(), this.clock.now())) return;
		if (desk.hidden() && desk.mayShow()) desk.show(key, message);
		desk.chime();
	}
}
