/** One browser's locks and channels, made of memory. */

import type { Channel, Tabs } from "../../src/platform/tabs";

interface Entry {
	readonly gained: () => void;
	readonly lost: () => void;
}

export class FakeBrowser {
	private readonly queues = new Map<string, Entry[]>();
	private readonly rooms = new Map<string, Set<FakeChannel>>();

	/** A new tab, in view. */
	tab(): FakeTab {
		return new FakeTab(this);
	}

	/** The first of a queue holds the lock. */
	enter(name: string, entry: Entry, steal: boolean): () => void {
		const queue = this.queues.get(name) ?? [];
		this.queues.set(name, queue);
		if (steal) {
			const robbed = queue.shift();
			queue.unshift(entry);
			robbed?.lost();
		} else queue.push(entry);
		if (queue[0] === entry) entry.gained();
		return () => {
			const at = queue.indexOf(entry);
			if (at < 0) return;
			queue.splice(at, 1);
			if (at === 0) queue[0]?.gained();
		};
	}

	room(name: string): Set<FakeChannel> {
		const room = this.rooms.get(name) ?? new Set();
		this.rooms.set(name, room);
		return room;
	}
}

class FakeChannel implements Channel {
	constructor(
		private readonly room: Set<FakeChannel>,
		private readonly hear: (message: unknown) => void,
		private readonly tab: FakeTab,
	) {
		room.add(this);
	}

	post(message: unknown): void {
		for (const other of this.room) if (other !== this && !other.tab.frozen) other.hear(structuredClone(message));
	}

	close(): void {
		this.room.delete(this);
	}
}

export class FakeTab implements Tabs {
	visible = true;
	/** Out of view it hears nothing, and keeps its lock. */
	frozen = false;
	private leaveAll: (() => void)[] = [];

	constructor(private readonly browser: FakeBrowser) {}

	isVisible = (): boolean => this.visible && !this.frozen;

	join(name: string, hear: (message: unknown) => void): Channel {
		const channel = new FakeChannel(this.browser.room(name), hear, this);
		this.leaveAll.push(() => channel.close());
		return channel;
	}

	compete(name: string, steal: boolean, gained: () => void, lost: () => void): () => void {
		const leave = this.browser.enter(name, { gained, lost }, steal);
		this.leaveAll.push(leave);
		return leave;
	}

	/** The person closes it: the browser takes back what it had, and nothing of ours runs. */
	close(): void {
		for (const leave of this.leaveAll) leave();
	}
}
