/**
 * What this browser keeps of what was read, so that the pages open without the server: the lists, and the end of the
 * conversations that were looked at last.
 *
 * It is written a moment after it changed, and only what changed. A window that comes back from here is unsure until the
 * server has told its newest page again: messages may have been taken back, hidden or erased meanwhile.
 */

import type { HistoryPage } from "../contract/history";
import type { ConversationKey } from "../contract/topics";
import { nameOf } from "../contract/topics";
import {
	changedLists,
	KEEP_MESSAGES,
	KEEP_TALKS,
	type KeptTalk,
	type KeptTalks,
	listRecord,
	modelOf,
	parseTalk,
	parseTalks,
	talkRecord,
	windowMoved,
	withTalk,
} from "../model/kept";
import { emptyModel, type Model, withGroupDetail } from "../model/model";
import type { Store } from "../model/store";
import { firstHeld, hasGap, withNewest } from "../model/window";
import type { Keep, KeepEntry, KeepStore, Platform, Shelf } from "../platform/platform";
import { Turns } from "./turns";

const ACCOUNT_KEY = "hongyan.account"; // who was signed in here last
const OFF_KEY = "hongyan.keep"; // "off": this browser is to keep nothing that was read
const WRITE_AFTER_MS = 2_000; // not in the middle of a start
const AT_ONCE = 5; // conversations a write: more would be felt while one types
const TALKS = "talks"; // the list of the windows that are kept
const READ: readonly KeepStore[] = ["accounts", "lists", "conversations"];
const WRITTEN: readonly KeepStore[] = ["outbox", "uploads"];

export interface Opened {
	readonly model: Model;
	readonly talks: KeptTalks;
}

export function lastAccount(shelf: Shelf): string | null {
	return shelf.get(ACCOUNT_KEY);
}

/** Somebody signed in: what was kept of another is theirs no more to see. */
export async function noteAccount({ shelf, keep }: Platform, account: string): Promise<void> {
	const before = lastAccount(shelf);
	shelf.set(ACCOUNT_KEY, account);
	if (before !== null && before !== account) await keep.forget(before, READ);
}

/** What was kept of whoever was signed in last; null: nothing that can be shown. */
export async function openKept(keep: Keep, account: string): Promise<Opened | null> {
	const [who, lists] = await Promise.all([keep.read(account, "accounts", ""), keep.readAll(account, "lists")]);
	try {
		const model = modelOf(who, lists);
		return model && model.me.username === account ? { model, talks: parseTalks(lists.get(TALKS)) } : null;
	} catch {
		return null; // whatever stands there, it is not ours
	}
}

export class Kept {
	private readonly turns = new Turns();
	private readonly unsure = new Set<ConversationKey>();
	private readonly back = new Set<ConversationKey>(); // whose kept window was put back, or is not to be
	private talks = new Map<ConversationKey, number>();
	private written: Model;
	private known = false; // whether it stands there whose lists those are
	private forgets = 0; // how often it was thrown away: what was being written then is to be written no more
	private timer: (() => void) | null = null;
	private over = false;

	constructor(
		private readonly store: Store,
		private readonly platform: Platform,
		private readonly askNewest: (key: ConversationKey, limit: number) => Promise<HistoryPage>,
		private readonly pageCame: (key: ConversationKey) => void,
	) {
		this.written = store.model;
	}

	/** The model is the one that was kept. */
	begin({ model, talks }: Opened): void {
		this.written = model;
		this.talks = new Map(talks);
	}

	get on(): boolean {
		return this.platform.shelf.get(OFF_KEY) !== "off";
	}

	/** Whether this browser keeps what is read from now on. */
	async turn(on: boolean): Promise<void> {
		if (!on) {
			this.platform.shelf.set(OFF_KEY, "off");
			await this.clear();
			return;
		}
		this.platform.shelf.remove(OFF_KEY);
		this.written = emptyModel(this.store.model.me);
		this.note();
	}

	/** Throw away what was read; what waits to be sent stays. Kept is from now on what changes. */
	async clear(): Promise<void> {
		this.forgets += 1;
		this.written = this.store.model;
		this.talks.clear();
		this.known = false;
		await this.platform.keep.forget(this.store.me, READ);
	}

	/** The sign-in is over. `all`: what was written and not sent goes with what was read. */
	async wipe(all: boolean): Promise<void> {
		this.stop();
		if (lastAccount(this.platform.shelf) === this.store.me) this.platform.shelf.remove(ACCOUNT_KEY);
		await this.platform.keep.forget(this.store.me, all ? [...READ, ...WRITTEN] : READ);
	}

	stop(): void {
		this.over = true;
		this.timer?.();
		this.timer = null;
	}

	/** Something changed; costs nothing. */
	note(): void {
		if (this.over || this.timer !== null) return;
		this.timer = this.platform.clock.after(WRITE_AFTER_MS, () => {
			this.timer = null;
			void this.write();
		});
	}

	/** The page may go away. */
	async write(): Promise<void> {
		await this.turns.run("write", () => this.writeChanges());
	}

	/** Whether what is shown of it came from here and was not compared yet. */
	isUnsure(key: ConversationKey): boolean {
		return this.unsure.has(key);
	}

	/** Put the kept window of a conversation back, where more of it is kept than held. */
	async restore(key: ConversationKey): Promise<void> {
		const reach = this.talks.get(key);
		const held = this.store.find(key);
		if (reach === undefined || !held || (this.back.has(key) && held.messages.length > 0)) return;
		const { forgets } = this;
		const talk = await this.readTalk(key);
		this.back.add(key);
		if (talk && forgets === this.forgets) this.putBack(key, talk);
	}

	/** Compare a window with the newest page of the log. */
	async renew(key: ConversationKey): Promise<void> {
		if (this.turns.has(`renew ${key}`)) return;
		await this.turns.run(`renew ${key}`, async () => {
			const newest = await this.askNewest(key, KEEP_MESSAGES);
			this.unsure.delete(key);
			this.back.add(key);
			this.store.alter(key, (now) => (now.detached ? now : withNewest(now, newest, this.store.me)));
			this.pageCame(key);
		});
	}

	/** The server has told how far each log goes: one after the other, what is kept is brought there. */
	async catchUp(open: ConversationKey | null): Promise<void> {
		await this.turns.run("catch up", async () => {
			for (const [key, reach] of [...this.talks]) {
				const held = this.store.find(key);
				if (this.over || this.store.model.link !== "online") return;
				if (held && key !== open && held.lastSeq > reach && !holdsAll(held)) await this.renew(key);
			}
		});
	}

	private async readTalk(key: ConversationKey): Promise<KeptTalk | null> {
		const record = await this.platform.keep.read(this.store.me, "conversations", key);
		try {
			return parseTalk(record);
		} catch {
			this.talks.delete(key);
			return null;
		}
	}

	private putBack(key: ConversationKey, talk: KeptTalk): void {
		const now = this.platform.clock.now();
		const before = this.store.find(key);
		this.store.alter(key, (item) => withTalk(item, talk, this.store.me, now));
		if (this.store.find(key) !== before) this.unsure.add(key);
		const { detail } = talk;
		if (detail && !this.store.model.details.has(nameOf(key)))
			this.store.update((model) => withGroupDetail(model, detail));
		this.pageCame(key);
	}

	private mayWrite(): boolean {
		return !this.over && this.on && lastAccount(this.platform.shelf) === this.store.me;
	}

	private async writeChanges(): Promise<void> {
		if (!this.mayWrite()) return;
		const { written: before, forgets } = this;
		const moved = this.movedTalks(before);
		for (const key of moved) if (!this.back.has(key)) await this.restore(key); // or its older part would be lost
		if (!this.mayWrite() || forgets !== this.forgets) return;
		const now = this.store.model;
		this.written = this.writtenAs(before, now, moved);
		const entries = [
			...changedLists(before, now).map((name): KeepEntry => ({ store: "lists", name, value: listRecord(now, name) })),
			...this.talkEntries(now, moved),
		];
		if (before.me !== now.me || (entries.length > 0 && !this.known)) entries.push(this.who(now));
		if (entries.length === 0) return;
		const known = await this.platform.keep.write(this.store.me, entries);
		this.known = known && forgets === this.forgets;
		if (this.movedTalks(this.written).length > 0) this.note();
	}

	/** Conversations whose window changed, a handful of them. */
	private movedTalks(before: Model): ConversationKey[] {
		const all = [...this.store.model.conversations];
		const moved = all.filter(([key, item]) => windowMoved(before.conversations.get(key), item));
		return moved.slice(0, AT_ONCE).map(([key]) => key);
	}

	/** The model of now, but for the windows that wait for their turn. */
	private writtenAs(before: Model, now: Model, moved: readonly ConversationKey[]): Model {
		const conversations = new Map(now.conversations);
		for (const [key, item] of now.conversations) {
			const earlier = before.conversations.get(key);
			if (!moved.includes(key) && windowMoved(earlier, item)) {
				if (earlier) conversations.set(key, earlier);
				else conversations.delete(key);
			}
		}
		return { ...now, conversations };
	}

	private talkEntries(now: Model, moved: readonly ConversationKey[]): KeepEntry[] {
		const entries: KeepEntry[] = [];
		for (const key of moved) {
			const item = now.conversations.get(key);
			if (!item || hasGap(item)) continue; // it is written once the gap is filled
			entries.push({ store: "conversations", name: key, value: talkRecord(now, item) });
			this.talks.set(key, item.upto);
		}
		for (const key of this.surplus(now)) {
			entries.push({ store: "conversations", name: key });
			this.talks.delete(key);
			this.back.delete(key);
		}
		if (entries.length === 0) return [];
		return [...entries, { store: "lists", name: TALKS, value: Object.fromEntries(this.talks) }];
	}

	/** Those that left the list, and all but the newest. */
	private surplus(now: Model): ConversationKey[] {
		const at = (key: ConversationKey) => now.conversations.get(key)?.newest?.at ?? 0;
		const kept = [...this.talks.keys()];
		const gone = kept.filter((key) => !now.conversations.has(key));
		const rest = kept.filter((key) => now.conversations.has(key)).sort((a, b) => at(b) - at(a));
		return [...gone, ...rest.slice(KEEP_TALKS)];
	}

	private who({ me }: Model): KeepEntry {
		return { store: "accounts", name: "", value: { me: { ...me }, at: this.platform.clock.now() } };
	}
}

function holdsAll(conversation: Parameters<typeof hasGap>[0]): boolean {
	return conversation.messages.length > 0 && !hasGap(conversation) && firstHeld(conversation) <= conversation.lastSeq;
}
