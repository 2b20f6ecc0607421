/** A server and a browser made of memory: tests decide what is said and when time passes. */

import type { Head, HistoryPage, Me, MqttToken } from "../../src/contract/api";
import { type Message, parseMessage } from "../../src/contract/envelope";
import type { GroupEvent } from "../../src/contract/groups";
import { type ConversationKey, isGroup } from "../../src/contract/topics";
import { Messenger } from "../../src/messenger/messenger";
import { type Api, ApiError } from "../../src/net/api";
import type { Link, LinkHandlers } from "../../src/net/mqtt";
import type { Clock, Platform, Shelf } from "../../src/platform/platform";

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
	readonly asked: string[] = [];
	/** What the API answers as it stands on the wire, by method and path. */
	readonly answers = new Map<string, () => unknown>([
		["GET /friends", () => ({ friends: [] })],
		["GET /friend-requests", () => ({ incoming: [], outgoing: [] })],
		["GET /blocks", () => ({ blocks: [] })],
		["GET /groups", () => ({ groups: [] })],
	]);
	readonly muted = new Map<ConversationKey, number>();
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
		const log = this.logs.get(key) ?? [];
		const seq = log.length + 1;
		const to: ConversationKey = isGroup(key) || from === "ann" ? key : "user/ann";
		const kind = event ? "event" : "text";
		const line = event && { ...event, event: event.name };
		const message = parseMessage({ ...line, id, kind, body, from, to, seq, at: 1_790_000_000_000 + seq });
		this.logs.set(key, [...log, message]);
		return message;
	}

	readonly api = {
		me: async (): Promise<Me> => ANN,
		mqttToken: async (): Promise<MqttToken> => {
			if (!this.signedIn) throw new ApiError(401, "not_signed_in", "");
			this.asked.push("mqtt-token");
			const tcp = { host: "localhost", port: 1883, tls: false };
			return { username: "ann", password: "p", clientIdPrefix: "ann-", websocketUrl: "ws://x/mqtt", tcp };
		},
		call: async (method: string, path: string): Promise<unknown> => {
			const answer = this.answers.get(`${method} ${path}`);
			if (!answer) throw new ApiError(404, "not_found", path);
			this.asked.push(`${method} ${path}`);
			return answer();
		},
		conversations: async (): Promise<Head[]> => [...this.logs].map(([key, log]) => this.head(key, log)),
		history: async (key: ConversationKey, beside: { after?: number; before?: number }, limit: number) => {
			this.asked.push(`${key} ${JSON.stringify(beside)}`);
			return this.page(key, beside, limit);
		},
		signOut: async () => undefined,
	};

	private head(key: ConversationKey, log: Message[]): Head {
		const unread = log.filter(({ seq, from }) => seq > this.readSeq && from !== "ann").length;
		const lastMessage = log.at(-1) ?? null;
		const mutedUntil = this.muted.get(key) ?? null;
		const deleted = false;
		return { key, title: key, deleted, lastSeq: log.length, readSeq: this.readSeq, unread, mutedUntil, lastMessage };
	}

	private page(
		key: ConversationKey,
		{ after, before }: { after?: number; before?: number },
		limit: number,
	): HistoryPage {
		const log = this.logs.get(key) ?? [];
		const fits = log.filter(({ seq }) => seq > (after ?? 0) && seq < (before ?? Number.POSITIVE_INFINITY));
		const messages = after === undefined ? fits.slice(-limit) : fits.slice(0, limit);
		return { messages, firstSeq: 1, lastSeq: log.length, peerReadSeq: 0 };
	}
}

export class World {
	readonly clock = new FakeClock();
	readonly shelf = new FakeShelf();
	readonly server = new FakeServer();
	readonly links: FakeLink[] = [];
	signedOut = false;
	private ids = 0;

	readonly platform: Platform = {
		clock: this.clock,
		shelf: this.shelf,
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
		const messenger = new Messenger(
			ANN,
			this.server.api as unknown as Api,
			async (token, clientId, handlers) => {
				const link = new FakeLink(token, clientId, handlers);
				this.links.push(link);
				return link;
			},
			this.platform,
			() => undefined,
			() => {
				this.signedOut = true;
			},
		);
		messenger.start();
		return messenger;
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
