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

export interface Platform {
	readonly clock: Clock;
	readonly random: Random;
	readonly shelf: Shelf;
}
