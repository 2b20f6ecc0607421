/** IndexedDB: the only file that knows it. Used by the pages and by the service worker, which has no DOM. */

import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import type { Keep, KeepEntry, KeepStore } from "./platform";

const NAME = "hongyan";
const MOST_SHARES = 5;
const PATIENCE_MS = 2_000; // an old page may hold the door while it is being rebuilt

interface Schema extends DBSchema {
	accounts: { key: string; value: unknown };
	lists: { key: [account: string, name: string]; value: unknown };
	conversations: { key: [account: string, name: string]; value: unknown };
	outbox: { key: [account: string, name: string]; value: unknown };
	uploads: { key: [account: string, name: string]; value: unknown };
	shares: { key: number; value: unknown };
}

type Database = IDBPDatabase<Schema>;
type Writing = IDBPTransaction<Schema, KeepStore[], "readwrite">;

/** From each version to the next; what stands here once is never changed. */
const STEPS: readonly ((database: Database) => void)[] = [
	(database) => {
		for (const store of ["accounts", "lists", "conversations", "outbox", "uploads"] as const)
			database.createObjectStore(store);
		database.createObjectStore("shares", { autoIncrement: true });
	},
];

let opened: Promise<Database | null> | null = null;

/** Null where there is no such storage (a private window), or no way into it now. */
function open(): Promise<Database | null> {
	opened ??= Promise.race([dial(), patience()]);
	return opened;
}

async function dial(): Promise<Database | null> {
	try {
		const database = await openDB<Schema>(NAME, STEPS.length, {
			upgrade: (fresh, from) => {
				for (const step of STEPS.slice(from)) step(fresh);
			},
			// A newer page wants to rebuild it: this one does without from now on.
			blocking: () => database.close(),
			terminated: () => {
				opened = null;
			},
		});
		opened = Promise.resolve(database); // though it came after our patience
		return database;
	} catch {
		return null;
	}
}

function patience(): Promise<null> {
	return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
}

async function attempt<T>(run: (database: Database) => Promise<T>, otherwise: T): Promise<T> {
	const database = await open();
	if (database === null) return otherwise;
	try {
		return await run(database);
	} catch {
		return otherwise;
	}
}

/** Everything of an account: names are strings, and any array lies behind them. */
function allOf(account: string): IDBKeyRange {
	return IDBKeyRange.bound([account], [account, []]);
}

async function put(database: Database, account: string, entries: readonly KeepEntry[]): Promise<true> {
	const writing = database.transaction([...new Set(entries.map(({ store }) => store))], "readwrite");
	try {
		await Promise.all([...entries.map((entry) => change(writing, account, entry)), writing.done]);
	} catch (error) {
		attemptAbort(writing);
		throw error;
	}
	return true;
}

async function change(writing: Writing, account: string, { store, name, value }: KeepEntry): Promise<void> {
	const [target, key] = [writing.objectStore(store), store === "accounts" ? account : ([account, name] as const)];
	// Which of the two forms a key has depends on the store alone.
	await (value === undefined ? target.delete(key as never) : target.put(value, key as never));
}

/** What could not be copied leaves its transaction open; what failed otherwise is over already. */
function attemptAbort(writing: Writing): void {
	writing.done.catch(() => undefined);
	try {
		writing.abort();
	} catch {
		// It was over.
	}
}

function isFull(error: unknown): boolean {
	return error instanceof DOMException && error.name === "QuotaExceededError";
}

export const database: Keep = {
	read: (account, store, name) =>
		attempt((all) => (store === "accounts" ? all.get(store, account) : all.get(store, [account, name])), undefined),

	readAll: (account, store) =>
		attempt<ReadonlyMap<string, unknown>>(async (all) => {
			if (store === "accounts") return new Map([[account, await all.get(store, account)]]);
			const reading = all.transaction(store);
			const [keys, values] = await Promise.all([
				reading.store.getAllKeys(allOf(account)),
				reading.store.getAll(allOf(account)),
			]);
			return new Map(keys.map(([, name], index) => [name, values[index]]));
		}, new Map()),

	write: (account, entries) =>
		attempt(async (all) => {
			if (entries.length === 0) return true;
			try {
				return await put(all, account, entries);
			} catch (error) {
				if (!isFull(error)) throw error;
			}
			await all.clear("conversations"); // they can be asked for again: what was written comes first
			return put(all, account, entries);
		}, false),

	forget: (account, stores) =>
		attempt(async (all) => {
			const forgetting = all.transaction([...stores], "readwrite"); // at once: the page may be closed before the second
			const everything = (store: KeepStore) => (store === "accounts" ? account : allOf(account)) as never;
			const deleted = stores.map((store) => forgetting.objectStore(store).delete(everything(store)));
			await Promise.all([...deleted, forgetting.done]);
		}, undefined),
};

/** What another program shared with us, from the worker to the page that takes it. Null: it could not be kept. */
export function addShare(share: unknown): Promise<number | null> {
	return attempt(async (all) => {
		const adding = all.transaction("shares", "readwrite");
		const old = (await adding.store.getAllKeys()).slice(0, 1 - MOST_SHARES); // nobody came for them
		const deleted = old.map((key) => adding.store.delete(key));
		const [added] = await Promise.all([adding.store.add(share), ...deleted, adding.done]);
		return added;
	}, null);
}

/** Everything that was shared and not taken yet, oldest first; from now on it is the caller's. */
export function takeShares(): Promise<readonly unknown[]> {
	return attempt(async (all) => {
		const taking = all.transaction("shares", "readwrite");
		const shares = await taking.store.getAll();
		await taking.store.clear();
		await taking.done;
		return shares;
	}, []);
}
