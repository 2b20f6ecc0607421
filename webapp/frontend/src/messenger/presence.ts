/** What friends see of oneself: the state and the words that one chose, and that nobody is there any more. */

import type { PresenceState } from "../contract/contacts";
import type { Clock, Shelf } from "../platform/platform";

export type OwnStatus = PresenceState | "invisible";
export const OWN_STATES: readonly OwnStatus[] = ["online", "away", "busy", "invisible"];
export const MAX_STATUS_CHARS = 100;
const IDLE_MS = 600_000;
const NOTE_EVERY_MS = 30_000;

/** Tabs share it: who writes in one of them is there. */
export class OwnPresence {
	state: OwnStatus;
	text: string;
	private readonly key: string;
	private readonly inputKey: string;
	private notedAt: number;

	constructor(
		me: string,
		private readonly shelf: Shelf,
		private readonly clock: Clock,
	) {
		this.key = `hongyan.status.${me}`;
		this.inputKey = `hongyan.input.${me}`;
		[this.state, this.text] = read(shelf.get(this.key));
		this.notedAt = clock.now();
	}

	/** Take over what another tab has chosen. */
	follow(): void {
		[this.state, this.text] = read(this.shelf.get(this.key));
	}

	choose(state: OwnStatus, text: string): void {
		this.state = state;
		this.text = text.trim().slice(0, MAX_STATUS_CHARS);
		this.shelf.set(this.key, JSON.stringify([this.state, this.text]));
	}

	/** Somebody touched a key or the mouse. True: after a long time. */
	noteInput(): boolean {
		const now = this.clock.now();
		if (now - this.notedAt < NOTE_EVERY_MS) return false;
		const wasIdle = this.isIdle();
		this.notedAt = now;
		this.shelf.set(this.inputKey, String(now));
		return wasIdle;
	}

	/** As it is published: away by itself after ten minutes, unless one chose another state. */
	shown(): { readonly state: OwnStatus; readonly text: string } {
		return { state: this.state === "online" && this.isIdle() ? "away" : this.state, text: this.text };
	}

	/** Nothing of it stays in the browser. */
	forget(): void {
		this.shelf.remove(this.key);
		this.shelf.remove(this.inputKey);
	}

	private isIdle(): boolean {
		const elsewhere = Number(this.shelf.get(this.inputKey) ?? 0);
		return this.clock.now() - Math.max(this.notedAt, elsewhere) >= IDLE_MS;
	}
}

function read(text: string | null): [OwnStatus, string] {
	try {
		const [state, words]: unknown[] = JSON.parse(text ?? "[]");
		return [OWN_STATES.find((known) => known === state) ?? "online", typeof words === "string" ? words : ""];
	} catch {
		return ["online", ""];
	}
}
