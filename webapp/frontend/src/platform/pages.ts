/** The open pages of this browser, known by Web Locks: a page holds a lock of its own as long as it lives. */

const PREFIX = "hongyan.page.";

export interface Pages {
	/** This page's own. */
	readonly id: string;
	/** The ids of all pages that are open; null where that cannot be known (plain http). */
	alive(): Promise<ReadonlySet<string> | null>;
	/** Run while no other page of this browser runs under the same name. */
	alone(name: string, run: () => Promise<void>): Promise<void>;
}

export function pagesOf(id: string): Pages {
	const locks: LockManager | undefined = navigator.locks;
	const held = locks ? hold(locks, PREFIX + id) : Promise.resolve();
	return {
		id,
		async alive() {
			if (!locks) return null;
			await held;
			const names = ((await locks.query()).held ?? []).map(({ name }) => name ?? "");
			return new Set(names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)));
		},
		alone: async (name, run) => {
			if (locks) await locks.request(name, run);
			else await run();
		},
	};
}

/** Resolves when the lock is ours; it ends with the page. */
function hold(locks: LockManager, name: string): Promise<void> {
	return new Promise((resolve) => {
		void locks.request(name, () => {
			resolve();
			return new Promise(() => undefined);
		});
	});
}
