/** What lets the tabs of one browser agree: Web Locks, and BroadcastChannel. */

export interface Channel {
	/** To all others who joined, in the order of posting. */
	post(message: unknown): void;
	close(): void;
}

export interface Tabs {
	/** Whether the person has this tab in view. */
	isVisible(): boolean;
	join(name: string, hear: (message: unknown) => void): Channel;
	/**
	 * Queue for what only one tab holds; `steal`: take it from whoever has it. The answer leaves the queue, or gives it back.
	 *
	 * `gained` is called at most once, and after it `lost` at most once, when another tab stole it.
	 */
	compete(name: string, steal: boolean, gained: () => void, lost: () => void): () => void;
}

/** Null where there are no locks: in old browsers, and on plain http other than localhost. */
export function findTabs(): Tabs | null {
	return navigator.locks && "BroadcastChannel" in globalThis ? browserTabs : null;
}

const browserTabs: Tabs = {
	isVisible: () => !document.hidden,
	join(name, hear) {
		const channel = new BroadcastChannel(name);
		channel.onmessage = ({ data }) => hear(data);
		return { post: (message) => channel.postMessage(message), close: () => channel.close() };
	},
	compete(name, steal, gained, lost) {
		const waiting = new AbortController();
		let over = false;
		let held = false;
		let release = () => waiting.abort();
		const hold = () =>
			new Promise<void>((resolve) => {
				if (over) return resolve();
				release = resolve;
				held = true;
				gained();
			});
		navigator.locks.request(name, steal ? { steal } : { signal: waiting.signal }, hold).catch(() => {
			if (over) return;
			if (held) lost();
			else gained(); // the browser gives no locks after all: this tab goes its own way
		});
		return () => {
			over = true;
			release();
		};
	},
};
