/** A server and a browser made of memory: tests decide what is said and when time passes. */

import type { Head, ListMark, Me, MqttToken, SavedDraft } from "../../src/contract/api";
import { type Message, parseMessage } from "../../src/contract/envelope";
import type { GroupEvent } from "../../src/contract/groups";
import { isMark } from "../../src/contract/kinds";
import { type ConversationKey, isGroup } from "../../src/contract/topics";
import { openKept } from "../../src/messenger/kept";
import { Messenger } from "../../src/messenger/messenger";
import { isSaid } from "../../src/model/marks";
import { type Api, ApiError } from "../../src/net/api";
import { ownLine } from "../../src/net/line";
import type { Link, LinkHandlers } from "../../src/net/mqtt";
import type { Pages } from "../../src/platform/pages";
import type { Clock, Keep, KeepEntry, KeepStore, Platform, Shelf } from "../../src/platform/platform";

const ANN: Me = { username: "ann", displayName: "Ann", picture: null };

export class FakeClock implements Clock {
	private at = 1_790_000_000_000;
	private waiting: { due: number; run: () => void }[] = [];

	now(): number {
		return this.at;
	}

	after(delayMs: number, run: () => void): () => void {
		const entry = { due: this.at + delayMs, run };
		this.waiting.push(entry);
		return () => {
			this.waiting = this.waiting.filter((item) => item !== entry);
		};
	}

	/** Let time pass, and run what falls due, in order. */
	pass(ms: number): void {
		const end = this.at + ms;
		for (;;) {
			const next = this.waiting.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
			if (!next) break;
			this.waiting = this.waiting.filter((item) => item !== next);
			this.at = next.due;
			next.run();
		}
		this.at = end;
	}
}

export class FakeShelf implements Shelf {
	readonly map = new Map<string, string>();
	get = (key: string): string | null => this.map.get(key) ?? null;
	set = (key: string, value: string): void => void this.map.set(key, value);
	remove = (key: string): void => void this.map.delete(key);
	keys = (): string[] => [...this.map.keys()];
}

/** Pages of one browser; `open` holds the ids of those that live, null where there are no locks. */
export class FakePages implements Pages {
	constructor(
		readonly id: string,
		private readonly open: Set<string> | null,
	) {
		open?.add(id);
	}

	async alive(): Promise<ReadonlySet<string> | null> {
		return this.open;
	}

	alone(_name: string, run: () => Promise<void>): Promise<void> {
		return run();
	}
}

/** IndexedDB made of memory; what it gives is a copy, as there. */
export class FakeKeep implements Keep {
	readonly records = new Map<string, unknown>();
	/** Whether the disk is full. */
	full = false;
	/** What a reader waits for. */
	door: Promise<void> = Promise.resolve();

	async read(account: string, store: KeepStore, name: string): Promise<unknown> {
		await this.door;
		return structuredClone(this.records.get(`${store} ${account} ${name}`));
	}

	async readAll(account: string, store: KeepStore): Promise<ReadonlyMap<string, unknown>> {
		const prefix = `${store} ${account} `;
		const found = [...this.records].filter(([key]) => key.startsWith(prefix));
		return new Map(found.map(([key, value]) => [key.slice(prefix.length), structuredClone(value)]));
	}

	async write(account: string, entries: readonly KeepEntry[]): Promise<boolean> {
		if (this.full) return false;
		for (const { store, name, value } of entries)
			if (value === undefined) this.records.delete(`${store} ${account} ${name}`);
			else this.records.set(`${store} ${account} ${name}`, structuredClone(value));
		return true;
	}

	async forget(account: string, stores: readonly KeepStore[]): Promise<void> {
		for (const key of this.records.keys())
			if (stores.some((store) => key.startsWith(`${store} ${account} `))) this.records.delete(key);
	}

	/** The names under which something is kept, of one store. */
	names(store: KeepStore, account = "ann"): string[] {
		const prefix = `${store} ${account} `;
		return [...this.records.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
	}
}

export interface Published {
	readonly topic: string;
	readonly payload: unknown;
}

/** One connection as the server sees it. */
export class FakeLink implements Link {
	readonly published: Published[] = [];
	closed = false;

	constructor(
		readonly token: MqttToken,
		readonly clientId: string,
		readonly handlers: LinkHandlers,
	) {}

	publish(topic: string, payload: string): void {
		this.published.push({ topic, payload: JSON.parse(payload) });
	}

	close(): void {
		this.closed = true;
	}

	deliver(topic: string, payload: unknown): void {
		this.handlers.received(topic, new TextEncoder().encode(JSON.stringify(payload)));
	}

	/** What was published to a branch, e.g. `send`. */
	on(branch: string): Published[] {
		return this.published.filter(({ topic }) => topic.split("/")[2] === branch);
	}
}

/** The log of every conversation, as ann sees it. */
export class FakeServer {
	readonly logs = new Map<ConversationKey, Message[]>();
	private readonly wires = new Map<ConversationKey, Record<string, unknown>[]>();
	/** What hangs on messages, by conversation and seq, as it stands on the wire. */
	readonly marks = new Map<string, Record<string, unknown>>();
	readonly peer = { read: 0, delivered: 0 };
	readonly asked: string[] = [];
	/** What the API answers as it stands on the wire, by method and path. */
	readonly answers = new Map<string, () => unknown>([
		["GET /friends", () => ({ friends: [] })],
		["GET /friend-requests", () => ({ incoming: [], outgoing: [] })],
		["GET /blocks", () => ({ blocks: [] })],
		["GET /groups", () => ({ groups: [] })],
	]);
	readonly muted = new Map<ConversationKey, number>();
	readonly listMarks = new Map<ConversationKey, ListMark[]>();
	readonly keeping = { disappearS: null, retentionDays: null };
	readonly drafts = new Map<ConversationKey, SavedDraft>();
	readSeq = 0;
	signedIn = true;

	/** Append a message to the log; delivering it is another matter. */
	commit(
		key: ConversationKey,
		from: string,
		body: string,
		id = `${from}-${body}`,
		event: GroupEvent | null = null,
	): Message {
		if (event) return this.put(key, from, { ...event, event: event.name, id, kind: "event", body });
		return this.put(key, from, { id, kind: "text", body });
	}

	/** Append an entry of any kind; its fields are the wire's. */
	put(key: ConversationKey, from: string, fields: Record<string, unknown>): Message {
		const log = this.logs.get(key) ?? [];
		const seq = log.length + 1;
		const to: ConversationKey = isGroup(key) || from === "ann" ? key : "user/ann";
		const wire = { id: `m${seq}`, from, to, seq, at: 1_790_000_000_000 + seq, ...fields };
		const message = parseMessage(wire);
		this.logs.set(key, [...log, message]);
		this.wires.set(key, [...(this.wires.get(key) ?? []), wire]);
		return message;
	}

	/** What an entry has become on the server. */
	rewrite(key: ConversationKey, seq: number, fields: Record<string, unknown>): void {
		const wires = this.wires.get(key) ?? [];
		const rewritten = wires.map((wire) => (wire.seq === seq ? { ...wire, ...fields } : wire));
		this.wires.set(key, rewritten);
		this.logs.set(key, rewritten.map(parseMessage));
	}

	/** An entry as it is delivered. */
	wireOf(key: ConversationKey, { seq }: Message): Record<string, unknown> {
		const wire = this.wires.get(key)?.[seq - 1];
		if (!wire) throw new Error("not in the log");
		return wire;
	}

	readonly api = {
		meAgain: async (): Promise<Me> => ANN,
		mqttToken: async (): Promise<MqttToken> => {
			if (!this.signedIn) throw new ApiError(401, "not_signed_in", "");
			this.asked.push("mqtt-token");
			const tcp = { host: "localhost", port: 1883, tls: false };
			return { username: "ann", password: "p", clientIdPrefix: "ann-", websocketUrl: "ws://x/mqtt", tcp };
		},
		call: async (method: string, path: string): Promise<unknown> => {
			const page = /^\/conversations\/((?:user|group)\/\w+)\/messages\?(.*)$/.exec(path);
			if (page?.[1] && page[2] !== undefined) return this.page(page[1] as ConversationKey, page[2]);
			const answer = this.answers.get(`${method} ${path}`);
			if (!answer) throw new ApiError(404, "not_found", path);
			this.asked.push(`${method} ${path}`);
			return answer();
		},
		conversations: async (): Promise<Head[]> => [...this.logs].map(([key, log]) => this.head(key, log)),
		signOut: async () => undefined,
	};

	private head(key: ConversationKey, log: Message[]): Head {
		const unread = log.filter((item) => item.seq > this.readSeq && item.from !== "ann" && isSaid(item)).length;
		const lastMessage = log.findLast(({ content }) => !isMark(content)) ?? null;
		const mutedUntil = this.muted.get(key) ?? null;
		const [deleted, readSeq, draft] = [false, this.readSeq, this.drafts.get(key) ?? null];
		return {
			key,
			title: key,
			deleted,
			lastSeq: log.length,
			readSeq,
			unread,
			mutedUntil,
			lastMessage,
			draft,
			...MORE,
			marks: this.listMarks.get(key) ?? [],
		};
	}

	private page(key: ConversationKey, query: string) {
		const { limit, ...beside } = Object.fromEntries(
			[...new URLSearchParams(query)].map(([name, value]) => [name, Number(value)]),
		);
		this.asked.push(`${key} ${JSON.stringify(beside)}`);
		const all = this.wires.get(key) ?? [];
		const messages = cut(all, beside, limit ?? 50);
		const marks = Object.fromEntries(
			messages.flatMap(({ seq }) => {
				const hung = this.marks.get(`${key} ${seq}`);
				return hung ? [[String(seq), hung]] : [];
			}),
		);
		const peer = { peer_read_seq: this.peer.read, peer_delivered_seq: this.peer.delivered };
		return { messages, marks, origins: [], first_seq: 1, last_seq: all.length, ...peer };
	}
}

const MORE = { mentions: 0, disappearS: null, retentionDays: null };

/** What of a log is beside a seq. */
function cut<T>(log: readonly T[], beside: Record<string, number>, limit: number): readonly T[] {
	const { after, before, around } = beside;
	if (after !== undefined) return log.slice(after, after + limit);
	if (around !== undefined) {
		const start = Math.max(0, around - 1 - limit / 2);
		return log.slice(start, start + limit);
	}
	return log.slice(0, before === undefined ? undefined : before - 1).slice(-limit);
}

export class World {
	readonly clock = new FakeClock();
	readonly shelf = new FakeShelf();
	readonly keep = new FakeKeep();
	readonly server = new FakeServer();
	readonly links: FakeLink[] = [];
	signedOut = false;
	private ids = 0;

	readonly platform: Platform = {
		clock: this.clock,
		shelf: this.shelf,
		keep: this.keep,
		random: {
			fraction: () => 1,
			hex: () => {
				this.ids += 1;
				return String(this.ids).padStart(32, "0");
			},
		},
	};

	/** Ann opens the page. */
	start(): Messenger {
		const messenger = this.make();
		messenger.start();
		return messenger;
	}

	/** Ann opens a page that was kept, with a conversation in view; the server was not asked yet. */
	async reopen(key: ConversationKey | null = null): Promise<Messenger> {
		const opened = await openKept(this.keep, "ann");
		if (!opened) throw new Error("nothing was kept");
		const messenger = this.make();
		await messenger.resume(opened, key);
		return messenger;
	}

	/** Ann's pages keep what she reads, as they do once she has signed in. */
	async keeping(): Promise<Messenger> {
		this.shelf.set("hongyan.account", "ann");
		return this.online();
	}

	private make(): Messenger {
		return new Messenger(
			ANN,
			this.server.api as unknown as Api,
			ownLine(async (token, clientId, handlers) => {
				const link = new FakeLink(token, clientId, handlers);
				this.links.push(link);
				return link;
			}),
			this.platform,
			() => undefined,
			() => {
				this.signedOut = true;
			},
		);
	}

	/** The newest connection. */
	get link(): FakeLink {
		const link = this.links.at(-1);
		if (!link) throw new Error("nobody has dialled");
		return link;
	}

	/** Let every promise settle. */
	async settle(): Promise<void> {
		for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
	}

	/** Ann opens the page, and the connection opens. */
	async online(): Promise<Messenger> {
		const messenger = this.start();
		await this.settle();
		this.link.handlers.opened();
		await this.settle();
		return messenger;
	}

	/** The connection breaks, and the next one opens. */
	async reconnect(): Promise<void> {
		this.link.handlers.closed();
		this.clock.pass(500);
		await this.settle();
		this.link.handlers.opened();
		await this.settle();
	}
}
