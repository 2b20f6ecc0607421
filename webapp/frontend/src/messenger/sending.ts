/**
 * Our messages from the keyboard to their stamp.
 *
 * One is kept by the browser until its stamped copy or a refusal comes back, and published again, under the same id,
 * after every reconnect and whenever it has waited too long: the exchange stores an id once.
 */

import { type Draft, encodeDraft } from "../contract/drafts";
import { type FileObject, isMarkKind } from "../contract/kinds";
import { type ConversationKey, sendTopic } from "../contract/topics";
import { addPending, failPending, removePending } from "../model/conversation";
import { Outbox, type Pending, type Waiting } from "../model/outbox";
import type { Store } from "../model/store";
import type { Platform } from "../platform/platform";

/** Publish at QoS 1; false when there is no connection. */
export type Publish = (topic: string, payload: string) => boolean;

export class Sending {
	private readonly outbox: Outbox;
	private readonly publishedAt = new Map<string, number>();
	private readonly kept = new Set<string>(); // ids in the outbox, as far as this page knows
	private loading: Promise<void> | null = null;

	constructor(
		private readonly store: Store,
		private readonly publish: Publish,
		private readonly platform: Platform,
		/** A mark shows nowhere that it was refused. */
		private readonly markRefused: (key: ConversationKey, code: string, message: string) => void,
	) {
		this.outbox = new Outbox(platform.keep, platform.shelf, store.me);
	}

	/** Take up what an earlier page left without a stamp, once. */
	load(): Promise<void> {
		this.loading ??= this.takeUp();
		return this.loading;
	}

	private async takeUp(): Promise<void> {
		for (const waiting of await this.outbox.load()) {
			if (this.kept.has(waiting.id)) continue; // written while we were reading
			this.kept.add(waiting.id);
			this.show(waiting);
			this.publishOne(waiting);
		}
		for (const key of this.store.model.conversations.keys()) this.forgetStamped(key);
	}

	/** `files`: what the draft names, as they will stand in the envelope. */
	send(key: ConversationKey, draft: Draft, files: readonly FileObject[] = [], id = this.newId()): void {
		const waiting = { key, id, draft, files, at: this.platform.clock.now() };
		this.show(waiting);
		this.kept.add(id);
		this.outbox.put(waiting);
		this.publishOne(waiting);
	}

	/** The time in 12 hexadecimal digits, then 80 random bits: ids lie in the server's index in the order of sending. */
	private newId(): string {
		const { clock, random } = this.platform;
		return clock.now().toString(16).padStart(12, "0") + random.hex().slice(12);
	}

	/** Send again what was refused: under the same id, unless it is the id that was refused. */
	retry(key: ConversationKey, id: string): void {
		const pending = this.store.find(key)?.pending.find((item) => item.id === id);
		if (!pending) return;
		this.discard(key, id);
		this.send(key, pending.draft, pending.files, pending.failure?.code === "id_reused" ? undefined : id);
	}

	discard(key: ConversationKey, id: string): void {
		this.forget(id);
		this.store.alter(key, (item) => removePending(item, id));
	}

	/** A new connection: nothing was published on it yet. */
	resendAll(): void {
		this.publishedAt.clear();
		this.resend(0);
	}

	/** Publish again whatever has waited so long for its stamp. */
	resend(waitedMs: number): void {
		const before = this.platform.clock.now() - waitedMs;
		for (const { key, pending } of this.store.model.conversations.values())
			for (const item of pending)
				if (item.failure === null && (this.publishedAt.get(item.id) ?? 0) <= before) this.publishOne({ key, ...item });
	}

	refused(id: string, code: string, message: string): void {
		this.forget(id);
		for (const { key, pending } of this.store.model.conversations.values()) {
			const refused = pending.find((item) => item.id === id);
			if (refused) this.fail(key, refused, code, message);
		}
	}

	private fail(key: ConversationKey, { id, draft }: Pending, code: string, message: string): void {
		this.store.alter(key, (item) =>
			isMarkKind(draft.kind) ? removePending(item, id) : failPending(item, id, code, message),
		);
		if (isMarkKind(draft.kind)) this.markRefused(key, code, message);
	}

	/** It has its stamp. */
	forget(id: string): void {
		this.kept.delete(id);
		this.outbox.remove(id); // another window may have put it there
		this.publishedAt.delete(id);
	}

	/** The history may bring a stamp before `sent` does. */
	forgetStamped(key: ConversationKey): void {
		for (const { id, from } of this.store.find(key)?.messages ?? [])
			if (from === this.store.me && this.kept.has(id)) this.discard(key, id);
	}

	clear(): void {
		this.outbox.clear();
	}

	private show({ key, ...pending }: Waiting): void {
		this.store.begin(key, (item) => addPending(item, { ...pending, failure: null }));
	}

	private publishOne({ key, id, draft }: Pick<Waiting, "key" | "id" | "draft">): void {
		if (this.publish(sendTopic(this.store.me, key), encodeDraft(id, draft)))
			this.publishedAt.set(id, this.platform.clock.now());
	}
}
