/** The uploads of whoever is signed in: they outlive the composer that began them, and are loaded with the first file. */

import type { Messenger } from "../../messenger/messenger";
import type { Traffic, Uploads } from "../../messenger/uploads";
import type { Packing } from "../../model/attachments";
import type { Place } from "../../model/composing";
import type { Platform } from "../../platform/platform";

type Deed = (uploads: Uploads) => void;

const NOTHING: Traffic = { trays: new Map(), parcels: [] };
const ALL = new WeakMap<Messenger, Dock>();

/** The part of `Uploads` that a composer needs, whether they are there yet or not. */
export class Dock {
	private uploads: Uploads | null = null; // until there is something to upload
	private waiting: Deed[] = [];
	private readonly listeners = new Set<(traffic: Traffic) => void>();
	private traffic = NOTHING;

	constructor(private readonly begin: () => Promise<Uploads>) {}

	/** For those who show its traffic: where there is some, they are there. */
	get whole(): Uploads {
		if (this.uploads === null) throw new Error("nothing was uploaded yet");
		return this.uploads;
	}

	subscribe(listener: (traffic: Traffic) => void): () => void {
		this.listeners.add(listener);
		listener(this.traffic);
		return () => this.listeners.delete(listener);
	}

	add(place: Place, files: readonly (Blob & { readonly name: string })[]): void {
		void this.run((uploads) => uploads.add(place, files));
	}

	ship(place: Place, key: Parameters<Uploads["ship"]>[1], packing: Packing): void {
		void this.run((uploads) => uploads.ship(place, key, packing));
	}

	shipOne(...recording: Parameters<Uploads["shipOne"]>): void {
		void this.run((uploads) => uploads.shipOne(...recording));
	}

	/** The network is back. */
	resumeWaiting(): void {
		if (this.uploads || this.waiting.length > 0) void this.run((uploads) => uploads.resumeWaiting());
	}

	/** Go on with what earlier pages have left. */
	takeOver(): void {
		void this.run((uploads) => void uploads.takeOver());
	}

	/** At once where they are there; what cannot be loaded without a network waits for it. */
	private async run(deed: Deed): Promise<void> {
		if (this.uploads) return deed(this.uploads);
		this.waiting.push(deed);
		const uploads = await this.begin().catch(() => null);
		if (uploads === null) return;
		if (!this.uploads) this.take(uploads);
		for (const waiting of this.waiting.splice(0)) waiting(this.uploads ?? uploads);
	}

	private take(uploads: Uploads): void {
		this.uploads = uploads;
		uploads.subscribe((traffic) => {
			this.traffic = traffic;
			for (const listener of this.listeners) listener(traffic);
		});
	}
}

export function uploadsOf(messenger: Messenger, platform: Platform): Dock {
	const known = ALL.get(messenger);
	if (known) return known;
	const dock = new Dock(async () => (await import("./uploading")).beginUploads(messenger, platform));
	ALL.set(messenger, dock);
	void platform.keep.readAll(messenger.model.me.username, "uploads").then((left) => left.size > 0 && dock.takeOver());
	return dock;
}
