/** What is being written, kept on the server so that it is there on every device of the person. */

import type { SavedDraft } from "../contract/api";
import type { ConversationKey } from "../contract/topics";
import type { Store } from "../model/store";
import { Unreachable } from "../net/api";
import type { DraftsApi } from "../net/drafts";
import type { Clock } from "../platform/platform";

const SAVE_AFTER_MS = 1_000; // after the last key
const ECHO_MS = 3_000; // within which a notice about a draft is about what we have saved ourselves

export class Drafts {
	private readonly unsaved = new Map<ConversationKey, SavedDraft>();
	private readonly timers = new Map<ConversationKey, () => void>();
	private readonly savedAt = new Map<string, number>();

	constructor(
		private readonly store: Store,
		private readonly api: DraftsApi,
		private readonly clock: Clock,
	) {}

	/** The person wrote; costs nothing but the first time after a save. */
	note(key: ConversationKey, draft: SavedDraft): void {
		this.unsaved.set(key, draft);
		if (!this.store.find(key)?.draftUnsaved) this.store.begin(key, (item) => ({ ...item, draftUnsaved: true }));
		this.timers.get(key)?.();
		const cancel = this.clock.after(SAVE_AFTER_MS, () => void this.save(key));
		this.timers.set(key, cancel);
	}

	/** Do not wait: it was sent, or the conversation leaves the view. */
	async save(key: ConversationKey): Promise<void> {
		this.timers.get(key)?.();
		this.timers.delete(key);
		const draft = this.unsaved.get(key);
		if (!draft) return;
		this.unsaved.delete(key);
		const had = this.store.find(key)?.draft ?? null;
		this.store.alter(key, (item) => ({ ...item, draft: isEmpty(draft) ? null : draft }));
		if (!(isEmpty(draft) && had === null)) await this.tell(key, draft);
		if (!this.unsaved.has(key)) this.store.alter(key, (item) => ({ ...item, draftUnsaved: false }));
	}

	/** There is a connection again. */
	saveAll(): void {
		for (const key of this.unsaved.keys()) void this.save(key);
	}

	/** Whether a notice about a draft tells only what this page did. */
	isOwnEcho(key: string): boolean {
		return this.clock.now() - (this.savedAt.get(key) ?? 0) < ECHO_MS;
	}

	private async tell(key: ConversationKey, draft: SavedDraft): Promise<void> {
		this.savedAt.set(key, this.clock.now());
		try {
			await (isEmpty(draft) ? this.api.remove(key) : this.api.save(key, draft));
		} catch (error) {
			// Refused, it stays on this page alone; unreachable, it is told after the reconnect.
			if (error instanceof Unreachable && !this.unsaved.has(key)) this.unsaved.set(key, draft);
		}
	}
}

function isEmpty({ body, reply }: SavedDraft): boolean {
	return body.trim() === "" && reply === null;
}
