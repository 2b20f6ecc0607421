/** The real platform. */

import { database } from "./database";
import type { Clock, Platform, Random, Shelf } from "./platform";

const clock: Clock = {
	now: () => Date.now(),
	after(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		return () => clearTimeout(timer);
	},
};

const random: Random = {
	fraction: () => Math.random(),
	// Not crypto.randomUUID: it exists only where the page is a secure context, and a LAN address is none.
	hex: () =>
		Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join(""),
};

/** Storage may be full or forbidden; then nothing is remembered and everything else still works. */
function attempt<T>(run: () => T, otherwise: T): T {
	try {
		return run();
	} catch {
		return otherwise;
	}
}

const shelf: Shelf = {
	get: (key) => attempt(() => localStorage.getItem(key), null),
	set: (key, value) => attempt(() => localStorage.setItem(key, value), undefined),
	remove: (key) => attempt(() => localStorage.removeItem(key), undefined),
	keys: () => attempt(() => Object.keys(localStorage), []),
};

export const browser: Platform = { clock, random, shelf, keep: database };
