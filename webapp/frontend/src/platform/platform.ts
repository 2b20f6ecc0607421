/** What the browser gives us, as values that are handed in, so that tests can hand in their own. */

export interface Clock {
	/** Milliseconds since the epoch, UTC. */
	now(): number;
	/** Run once after `delayMs`; the answer cancels it. */
	after(delayMs: number, run: () => void): () => void;
}

export interface Random {
	/** At least 0, below 1: only for jitter. */
	fraction(): number;
	/** 32 lower-case hexadecimal digits, 128 random bits. */
	hex(): string;
}

/** Small texts that outlive the page. */
export interface Shelf {
	get(key: string): string | null;
	set(key: string, value: string): void;
	remove(key: string): void;
	keys(): string[];
}

/** What is kept of an account: `accounts` who it is, `lists` and `conversations` what was read, the others what waits. */
export type KeepStore = "accounts" | "lists" | "conversations" | "outbox" | "uploads";

/** One thing to keep under a name; without a value it is removed. */
export interface KeepEntry {
	readonly store: KeepStore;
	readonly name: string;
	readonly value?: unknown;
}

/**
 * Much that outlives the page, by account. Nothing here throws: what cannot be kept is not, and what cannot be read was
 * never there. Values are plain data (files too) and come back as `unknown`. Writes take place in the order of the calls.
 */
export interface Keep {
	read(account: string, store: KeepStore, name: string): Promise<unknown>;
	/** By name. */
	readAll(account: string, store: KeepStore): Promise<ReadonlyMap<string, unknown>>;
	/** All of it or nothing; false: nothing. */
	write(account: string, entries: readonly KeepEntry[]): Promise<boolean>;
	forget(account: string, stores: readonly KeepStore[]): Promise<void>;
}

export interface Platform {
	readonly clock: Clock;
	readonly random: Random;
	readonly shelf: Shelf;
	readonly keep: Keep;
}
