/** The person who is signed in: joins the API, the connection and the model. Knows no page. */

import type { Me } from "../contract/api";
import { Malformed } from "../contract/decode";
import type { Draft } from "../contract/drafts";
import { type Message, parseMessage, parsePayload } from "../contract/envelope";
import type { EventName } from "../contract/groups";
import { type FileObject, isMark, type Mark } from "../contract/kinds";
import { type Changed, parseLive, parseNotice } from "../contract/notices";
import {
	type ConversationKey,
	type Delivery,
	isGroup,
	nameOf,
	parseConversationKey,
	parseDelivery,
	signalTopic,
	statusTopic,
} from "../contract/topics";
import { listKey } from "../model/arrange";
import { MOST_HELD, trim } from "../model/bounds";
import { type Composing, placeOf, withComposing } from "../model/composing";
import { isMuted } from "../model/conversation";
import { emptyModel, type Model, received, withFaces, withPresence } from "../model/model";
import { Store } from "../model/store";
import { hide, reset } from "../model/window";
import type { Api } from "../net/api";
import { DraftsApi } from "../net/drafts";
import type { Line, OpenLine } from "../net/line";
import { ContactLists, GroupLists } from "../net/lists";
import { MessagesApi } from "../net/messages";
import type { Platform } from "../platform/platform";
import { Drafts } from "./drafts";
import { History, PAGE } from "./history";
import { Kept, type Opened } from "./kept";
import { ListMarks } from "./listmarks";
import { ALL_LISTS, type List, Lists, TOUCHED } from "./lists";
import { LiveSignals } from "./live";
import { OwnPresence, type OwnStatus } from "./presence";
import { Receipts } from "./receipts";
import { Sending } from "./sending";
import { ThreadWords } from "./threadwords";

const RESEND_AFTER_MS = 15_000;
const STATUS_EVERY_MS = 60_000; // agreed with the exchange, which forgets a device after 150 s
const TYPING_EVERY_MS = 3_000;
const TOAST_LASTS_MS = 8_000;
const GROUP_NOTICES: ReadonlySet<string> = new Set(["group_changed", "join_request"]);
const TOASTS: ReadonlySet<string> = new Set(
	"friend_request friend_accepted group_added group_removed join_request".split(" "),
);
/** What changes nothing but the list of members; a list that is too long to be shown whole is not asked for again. */
const ONLY_MEMBERS: ReadonlySet<EventName | null> = new Set<EventName>(["joined", "left", "removed", "nickname"]);

export class Messenger {
	/** Told of every message as it comes, our own too: for notifications. */
	heard: ((key: ConversationKey, message: Message) => void) | null = null;
	readonly presence: OwnPresence;
	readonly drafts: Drafts;
	readonly threadWords: ThreadWords;
	readonly messages: MessagesApi;
	readonly history: History;
	readonly kept: Kept;
	readonly listMarks: ListMarks;
	private readonly store: Store;
	private readonly line: Line;
	private readonly sending: Sending;
	private readonly lists: Lists;
	private readonly receipts: Receipts;
	private readonly live: LiveSignals;
	private readonly timers = new Set<() => void>();
	private open: ConversationKey | null = null;
	private resumed = false;
	private owed = false; // lists that were not asked for yet, because what was kept is shown
	private lastTypingAt = 0;
	private toastCount = 0;

	constructor(
		me: Me,
		readonly api: Api,
		openLine: OpenLine,
		private readonly platform: Platform,
		changed: (model: Model) => void,
		private readonly signedOut: () => void,
	) {
		this.store = new Store(emptyModel(me), (model) => {
			changed(model);
			this.kept.note();
		});
		this.presence = new OwnPresence(me.username, platform.shelf, platform.clock);
		this.line = openLine(me.username, () => api.mqttToken(), platform, {
			opened: () => this.opened(),
			received: (topic, payload) => this.received(topic, payload),
			changed: (link) => this.linkChanged(link),
			signedOut: () => this.end(),
			told: () => this.followStatus(),
		});
		const publish = (topic: string, payload: string) => this.line.publish(topic, payload, 1);
		this.sending = new Sending(this.store, publish, platform, (_key, code, message) => this.complain(code, message));
		this.drafts = new Drafts(this.store, new DraftsApi(api.call), platform.clock);
		this.threadWords = new ThreadWords(platform.shelf, me.username);
		this.messages = new MessagesApi(api.call);
		this.history = new History(this.store, this.messages, (key) => this.sending.forgetStamped(key));
		this.receipts = new Receipts(this.store, publish, platform.clock);
		this.live = new LiveSignals(this.store, platform.clock, (delayMs, run) => this.later(delayMs, run));
		const newest = (key: ConversationKey, limit: number) => this.messages.page(key, {}, limit);
		this.kept = new Kept(this.store, platform, newest, (key) => this.sending.forgetStamped(key));
		const headsCompared = () => this.catchUp();
		const refused = (code: string, message: string) => this.complain(code, message);
		const listChanged = () => void this.lists.refresh(["conversations"]);
		this.listMarks = new ListMarks(this.store, platform.shelf, this.messages, listChanged, refused);
		const asking = () => this.listMarks.asking();
		const [contacts, groups] = [new ContactLists(api.call), new GroupLists(api.call)];
		this.lists = new Lists(this.store, api, contacts, groups, () => this.open, headsCompared, asking);
	}

	/** Whether this tab, of all that are open, speaks for the browser. */
	get leads(): boolean {
		return this.line.leads;
	}

	get model(): Model {
		return this.store.model;
	}

	/** Begin with what this browser kept, before the server is asked; `key`: the conversation that comes into view. */
	async resume(opened: Opened, key: ConversationKey | null): Promise<void> {
		this.resumed = true;
		this.store.update(() => opened.model);
		this.kept.begin(opened);
		this.listMarks.load();
		for (const { key: chat, draft, draftUnsaved } of this.model.conversations.values())
			if (draftUnsaved && draft) this.drafts.note(chat, draft);
		await Promise.all([this.sending.load(), key && this.kept.restore(key)]);
	}

	start(): void {
		void this.sending.load();
		this.listMarks.load();
		void this.listMarks.tellAll();
		this.kept.note();
		this.owed = this.resumed;
		void this.lists.refresh(this.owed ? ["conversations"] : ALL_LISTS);
		this.line.start();
		this.every(RESEND_AFTER_MS, () => this.sending.resend(RESEND_AFTER_MS));
		this.every(RESEND_AFTER_MS, () => void this.listMarks.tellAll());
		this.every(STATUS_EVERY_MS, () => this.publishStatus());
	}

	/** Have something end with this sign-in. */
	atEnd(run: () => void): void {
		this.timers.add(run);
	}

	stop(): void {
		for (const cancel of this.timers) cancel();
		this.timers.clear();
		this.receipts.stop();
		this.kept.stop();
		this.line.stop();
	}

	/** Sign out on purpose: nothing of this account stays in the browser. */
	async signOut(): Promise<void> {
		await this.api.signOut();
		this.forget();
	}

	/** End without asking the server, and leave nothing of this account in the browser. */
	forget(): void {
		this.sending.clear();
		this.threadWords.clear();
		this.presence.forget();
		this.platform.shelf.remove(listKey(this.store.me));
		this.line.end();
		this.end(true);
	}

	/** The server knows this sign-in no more. What was written and not sent waits for the next one. */
	expire(): void {
		this.end();
	}

	/** The profile was changed, here or in another window. */
	knowMe(me: Me): void {
		this.store.update((model) => withFaces({ ...model, me }, [me]));
	}

	/** Do not wait for the next attempt: the network is back, or the person is. */
	retryNow(): void {
		this.line.retryNow();
	}

	/** The browser says that the network is gone. */
	networkLost(): void {
		this.line.suspect();
	}

	/** Bring a conversation into view (or none), and load what it needs. */
	async show(key: ConversationKey | null): Promise<void> {
		const opened = this.open !== key;
		if (this.open !== null && opened)
			this.store.alter(this.open, (item) => (item.detached ? reset(item) : trim(item, PAGE)));
		this.open = key;
		if (key === null) return;
		await this.kept.restore(key);
		if (isGroup(key)) void this.lists.loadGroup(nameOf(key));
		void this.history.loadPins(key);
		void this.history.loadCards(key);
		await (this.kept.isUnsure(key) ? this.kept.renew(key) : this.history.closeGap(key));
		await this.history.fillScreen(key);
		this.sending.forgetStamped(key);
	}

	/**
	 * Send a message of any kind. Content shows at once as pending, and stays so until its stamp comes back.
	 *
	 * `files` are those that the draft names, as they will stand in the envelope.
	 */
	send(key: ConversationKey, draft: Draft, files: readonly FileObject[] = []): void {
		this.lastTypingAt = 0;
		this.sending.send(key, draft, files);
	}

	/** Say what the composer of a conversation, or of a thread of it, is about; null: nothing but its words. */
	compose(key: ConversationKey, composing: Composing | null, thread: number | null = null): void {
		const place = placeOf(key, thread);
		this.store.update((model) => ({ ...model, composing: withComposing(model.composing, place, composing) }));
	}

	retry(key: ConversationKey, id: string): void {
		this.sending.retry(key, id);
	}

	discard(key: ConversationKey, id: string): void {
		this.sending.discard(key, id);
	}

	/** The person sees the end of the conversation. */
	markRead(key: ConversationKey): void {
		this.receipts.markRead(key);
	}

	/** Delete messages for ourselves, on all our devices. Throws what the server refuses. */
	async hide(key: ConversationKey, seqs: readonly number[]): Promise<void> {
		await this.messages.hide(key, seqs);
		await this.hideHere(key, seqs);
	}

	/** What is kept of them goes, too. */
	private async hideHere(key: ConversationKey, seqs: readonly number[]): Promise<void> {
		this.store.alter(key, (item) => hide(item, seqs));
		await this.kept.restore(key);
		this.store.alter(key, (item) => hide(item, seqs));
	}

	/** Press a button of a device's card. False without a connection: it was not heard. */
	command(key: ConversationKey, device: string, card: string, command: string): boolean {
		const payload = JSON.stringify({ type: "command", for: device, card, command });
		return this.line.publish(signalTopic(this.store.me, key), payload, 1);
	}

	/** The person is writing, or speaking; told at most every three seconds. */
	type(key: ConversationKey, what: "typing" | "recording" = "typing"): void {
		const now = this.platform.clock.now();
		if (now - this.lastTypingAt < TYPING_EVERY_MS) return;
		this.lastTypingAt = now;
		this.line.publish(signalTopic(this.store.me, key), JSON.stringify({ type: what }), 0);
	}

	/** For all tabs of this browser, of which one tells it. */
	setStatus(status: OwnStatus, text: string): void {
		this.presence.choose(status, text);
		this.publishStatus();
		this.line.tell("status");
	}

	/** The person is there: who was away by themselves is back at once. */
	noteInput(): void {
		if (!this.presence.noteInput()) return;
		this.publishStatus();
		this.line.tell("status");
	}

	/** Ask for lists again after a change of our own. */
	refresh(lists: readonly List[]): Promise<void> {
		return this.lists.refresh(lists);
	}

	loadGroup(name: string): Promise<void> {
		return this.lists.loadGroup(name);
	}

	loadPerson(name: string): Promise<void> {
		return this.lists.loadPerson(name);
	}

	/** Find out how those are called who appear in a conversation. */
	meet(key: ConversationKey, names: readonly string[]): Promise<void> {
		return this.lists.meet(key, names);
	}

	dismiss(toastId: number): void {
		this.store.update((model) => ({ ...model, toasts: model.toasts.filter(({ id }) => id !== toastId) }));
	}

	private linkChanged(link: Model["link"]): void {
		// Without a connection, what was kept is all that there is to show.
		const settled = this.resumed && link === "waiting";
		this.store.update((model) => ({ ...model, link, loaded: model.loaded || settled }));
		if (settled && this.owed) this.refreshAll(); // the API may be there all the same
	}

	private refreshAll(): void {
		this.owed = false;
		void this.lists.refresh(ALL_LISTS);
	}

	private opened(): void {
		this.publishStatus();
		this.sending.resendAll();
		this.drafts.saveAll();
		void this.listMarks.tellAll();
		this.refreshAll();
	}

	private catchUp(): void {
		for (const key of this.model.conversations.keys()) {
			this.sending.forgetStamped(key);
			if (!this.kept.isUnsure(key)) void this.history.closeGap(key);
		}
		void this.kept.catchUp(this.open);
		this.receipts.noteDelivered();
		if (this.open === null) return;
		if (this.store.find(this.open)?.detached) void this.history.reload(this.open);
		if (!this.owed) void this.show(this.open); // else it has just been
	}

	private received(topic: string, payload: Uint8Array): void {
		try {
			this.handle(parseDelivery(topic), parsePayload(payload));
		} catch (error) {
			if (!(error instanceof Malformed)) throw error; // what we cannot read is nothing to us
		}
	}

	private handle(delivery: Delivery, value: unknown): void {
		if (delivery.branch === "notice") this.handleNotice(value);
		else if (delivery.branch === "live") this.handleLive(delivery.tail, value);
		else this.handleMessage(delivery.conversation, value);
	}

	private handleMessage(key: ConversationKey, value: unknown): void {
		const message = parseMessage(value);
		const known = this.model.conversations.has(key);
		if (message.from === this.store.me) this.sending.forget(message.id);
		this.store.update((model) => received(model, key, message));
		if (key === this.open && !this.store.find(key)?.unread) this.store.alter(key, (item) => trim(item, MOST_HELD));
		if (!known) void this.lists.refresh(["conversations"]);
		if (message.event) this.handleEvent(key, message);
		if (message.from !== this.store.me) this.receipts.noteDelivered();
		if (!isMark(message.content) && !message.event) this.heard?.(key, message);
		if (isMark(message.content)) this.handleMark(key, message.content);
		void this.history.closeGap(key);
	}

	/** What cannot be counted from here is asked for. */
	private handleMark(key: ConversationKey, mark: Mark): void {
		if (mark.kind === "erase" || key !== this.open) return;
		if (mark.kind === "pin") void this.history.loadPins(key);
		if (this.store.find(key)?.marks.get(mark.of)?.stale) void this.history.loadMessage(key, mark.of);
	}

	/** A line said what changed in a group: what is in view is asked for again. */
	private handleEvent(key: ConversationKey, { event }: Message): void {
		if (event?.name === "title" && event.title) this.store.alter(key, (item) => ({ ...item, title: event.title }));
		if (event?.name === "dissolved") void this.lists.refresh(["groups", "conversations"]);
		if (event?.name === "picture" || event?.who.includes(this.store.me)) void this.lists.refresh(["groups"]);
		const whole = this.model.details.get(nameOf(key))?.next === null;
		if (key === this.open && event && (whole || !ONLY_MEMBERS.has(event.name))) void this.lists.loadGroup(nameOf(key));
	}

	private handleNotice(value: unknown): void {
		const notice = parseNotice(value);
		if (notice.type === "changed") this.handleChange(notice);
		else if (notice.id !== null) this.sending.refused(notice.id, notice.code, notice.message);
	}

	private handleChange(notice: Changed): void {
		if (notice.what === "draft" && this.drafts.isOwnEcho(notice.key)) return;
		if (notice.what === "hidden") void this.hideHere(parseConversationKey(notice.key), notice.seqs);
		if (TOASTS.has(notice.what) && notice.by !== this.store.me && !this.isSilent(notice)) this.toast(notice);
		if (notice.what === "profile_changed" && ["", this.store.me].includes(notice.who))
			void this.api.meAgain().then(
				(me) => this.knowMe(me),
				() => undefined,
			); // missed now, it is asked for at the next start
		void this.lists.refresh(TOUCHED[notice.what] ?? []);
		if (GROUP_NOTICES.has(notice.what) && this.model.details.has(notice.who)) void this.lists.loadGroup(notice.who);
		if (notice.what === "profile_changed" && this.model.faces.has(notice.who)) void this.lists.loadPerson(notice.who);
	}

	/** Whether it is about a group of which the person wants to hear nothing now. */
	private isSilent({ what, who }: Changed): boolean {
		const group = what === "join_request" ? this.store.find(`group/${who}`) : undefined;
		return group !== undefined && isMuted(group, this.platform.clock.now());
	}

	private handleLive(tail: string, value: unknown): void {
		const live = parseLive(tail, value);
		if (live?.type === "presence") this.store.update((model) => withPresence(model, live.from, live.presence));
		else if (live && this.model.conversations.has(live.key)) this.live.handle(live);
	}

	/** Another tab has chosen, or somebody is there again. */
	private followStatus(): void {
		this.presence.follow();
		this.publishStatus();
	}

	private publishStatus(): void {
		if (!this.line.leads) return;
		const payload = JSON.stringify(this.presence.shown());
		this.line.publish(statusTopic(this.store.me, this.line.clientId), payload, 1);
	}

	private toast({ what, who, title, text }: Changed): void {
		this.toastCount += 1;
		const id = this.toastCount;
		// A group that we are new to is called by the title in the notice; any other by the one that we know.
		const known =
			what.startsWith("group_") || what === "join_request" ? this.store.find(`group/${who}`)?.title : undefined;
		const toast = { id, what, who: known === undefined || known === who ? title : known, text, about: who };
		this.store.update((model) => ({ ...model, toasts: [...model.toasts, toast] }));
		this.later(TOAST_LASTS_MS, () => this.dismiss(id));
	}

	/** Say that something was refused which has no place of its own for it. */
	complain(code: string, message: string): void {
		this.toast({ type: "changed", what: "refused", who: code, by: "", title: code, text: message, key: "", seqs: [] });
	}

	private later(delayMs: number, run: () => void): void {
		const cancel = this.platform.clock.after(delayMs, () => {
			this.timers.delete(cancel);
			run();
		});
		this.timers.add(cancel);
	}

	private every(periodMs: number, run: () => void): void {
		this.later(periodMs, () => {
			run();
			this.every(periodMs, run);
		});
	}

	/** `all`: nothing stays in the browser, not even what was written and not sent. */
	private end(all = false): void {
		this.stop();
		void this.kept.wipe(all);
		this.signedOut();
	}
}
