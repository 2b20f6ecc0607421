/** Stay connected: a fresh token for every attempt, back-off with jitter between them. */

import type { MqttToken } from "../contract/api";
import type { Platform } from "../platform/platform";
import { ApiError } from "./api";
import type { LineHandlers } from "./line";
import type { Dial, Link, Qos } from "./mqtt";

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

export class Connection {
	readonly clientId: string;
	private link: Link | null = null;
	private attempt = 0;
	private failures = 0;
	private cancelRetry: (() => void) | null = null;
	private open = false;

	constructor(
		private readonly account: string,
		private readonly askToken: () => Promise<MqttToken>,
		private readonly dial: Dial,
		private readonly platform: Platform,
		private readonly handlers: Omit<LineHandlers, "told">,
	) {
		this.clientId = `${account}-${platform.random.hex()}`;
	}

	start(): void {
		void this.connect();
	}

	/** Do not wait any longer: the network is back, or the person is. */
	retryNow(): void {
		if (this.cancelRetry === null) return;
		this.cancelRetry();
		this.cancelRetry = null;
		void this.connect();
	}

	/** The browser says that the network is gone: a dead connection would be noticed only by its keep alive. */
	suspect(): void {
		if (this.open) this.retry();
	}

	/** False when there is no connection: the message was not taken. */
	publish(topic: string, payload: string, qos: Qos): boolean {
		if (!this.open || this.link === null) return false;
		this.link.publish(topic, payload, qos);
		return true;
	}

	stop(): void {
		this.attempt += 1; // whatever is still under way belongs to the past
		this.cancelRetry?.();
		this.cancelRetry = null;
		this.drop();
	}

	private async connect(): Promise<void> {
		this.attempt += 1;
		const attempt = this.attempt;
		const current = () => attempt === this.attempt;
		this.handlers.changed("connecting");
		try {
			const token = await this.askToken();
			if (!current()) return;
			if (token.username !== this.account) return this.handlers.signedOut();
			const link = await this.dial(token, this.clientId, {
				opened: () => current() && this.opened(),
				received: (topic, payload) => current() && this.handlers.received(topic, payload),
				closed: () => current() && this.retry(),
			});
			if (current()) this.link = link;
			else link.close();
		} catch (error) {
			if (!current()) return;
			if (error instanceof ApiError && error.status === 401) this.handlers.signedOut();
			else this.retry();
		}
	}

	private opened(): void {
		this.open = true;
		this.failures = 0;
		this.handlers.changed("online");
		this.handlers.opened();
	}

	private retry(): void {
		this.attempt += 1;
		this.drop();
		this.handlers.changed("waiting");
		const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
		this.failures += 1;
		// Between half and all of it, so that a thousand browsers do not come back in the same instant.
		const jittered = delayMs * (0.5 + this.platform.random.fraction() / 2);
		this.cancelRetry = this.platform.clock.after(jittered, () => this.retryNow());
	}

	private drop(): void {
		this.open = false;
		this.link?.close();
		this.link = null;
	}
}
