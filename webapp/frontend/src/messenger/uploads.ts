/**
 * Files on their way up, and the messages that wait for them.
 *
 * A file goes up as soon as it was chosen; it lies on the tray of its composer until the person sends. Then the tray
 * becomes a parcel, which leaves as a message (or several) when its last file is up. All of it lives as long as the
 * page; what is pending after that is the outbox's.
 */

import type { FileObject } from "../contract/kinds";
import type { ConversationKey } from "../contract/topics";
import { type FilesMessage, kindOfFile, type Uploaded } from "../model/attachments";
import type { Place } from "../model/composing";
import type { Raw } from "../net/api";
import { type FilesApi, Upload, type UploadState } from "../net/files";
import type { Clock } from "../platform/platform";

/** What the browser can tell of a film before it is up. */
export interface Film {
	readonly durationMs: number | null;
	readonly poster: Blob | null;
}

export interface Item {
	readonly id: number;
	readonly name: string;
	readonly type: string;
	readonly size: number;
	readonly sent: number;
	readonly state: UploadState;
	readonly error: unknown;
	/** For a small picture of it. */
	readonly blob: Blob;
}

export interface Parcel {
	readonly id: number;
	readonly key: ConversationKey;
	readonly items: readonly Item[];
}

export interface Traffic {
	readonly trays: ReadonlyMap<Place, readonly Item[]>;
	readonly parcels: readonly Parcel[];
}

interface Tools {
	readonly raw: Raw;
	readonly files: FilesApi;
	readonly clock: Clock;
	readonly examine: (film: Blob) => Promise<Film>;
	readonly send: (key: ConversationKey, message: FilesMessage) => void;
}

const MAX_RUNNING = 3;

interface Load {
	readonly id: number;
	readonly blob: Blob;
	readonly name: string;
	readonly upload: Upload;
	readonly film: Promise<{ durationMs: number | null; poster: FileObject | null }>;
	file: FileObject | null;
}

interface Shipment {
	readonly id: number;
	readonly key: ConversationKey;
	loads: Load[];
	readonly build: (uploaded: readonly Uploaded[]) => readonly FilesMessage[];
}

export class Uploads {
	private readonly trays = new Map<Place, Load[]>();
	private shipments: Shipment[] = [];
	private readonly listeners = new Set<(traffic: Traffic) => void>();
	private queue: Load[] = [];
	private running = 0;
	private count = 0;

	constructor(private readonly tools: Tools) {}

	/** Hear of every change, and of the state of now; the answer ends it. */
	subscribe(listener: (traffic: Traffic) => void): () => void {
		this.listeners.add(listener);
		listener(this.traffic());
		return () => this.listeners.delete(listener);
	}

	add(place: Place, files: readonly (Blob & { readonly name: string })[]): void {
		const loads = files.map((file) => this.load(file, file.name));
		this.trays.set(place, [...(this.trays.get(place) ?? []), ...loads]);
		for (const load of loads) void this.run(load);
	}

	/** Put what lies on the tray on its way; `build` makes the messages of it once all is up. */
	ship(place: Place, key: ConversationKey, build: Shipment["build"]): void {
		const loads = this.trays.get(place) ?? [];
		this.trays.delete(place);
		this.take(key, loads, build);
	}

	/** Send one file that was never on a tray: a recording. */
	shipOne(key: ConversationKey, blob: Blob, name: string, build: Shipment["build"]): void {
		const load = this.load(blob, name);
		this.take(key, [load], build);
		void this.run(load);
	}

	pause(item: number): void {
		this.queue = this.queue.filter(({ id }) => id !== item);
		this.find(item)?.upload.pause();
	}

	resume(item: number): void {
		const load = this.find(item);
		if (load?.upload.state === "waiting") void load.upload.resume();
		else if (load) void this.run(load);
	}

	/** The network is back. */
	resumeWaiting(): void {
		for (const load of this.loads()) if (load.upload.state === "waiting") void load.upload.resume();
	}

	/** Not this file after all; a parcel without files is none. */
	cancel(item: number): void {
		this.queue = this.queue.filter(({ id }) => id !== item);
		this.find(item)?.upload.cancel();
		const without = (loads: readonly Load[]) => loads.filter(({ id }) => id !== item);
		for (const [place, loads] of this.trays) this.trays.set(place, without(loads));
		for (const shipment of this.shipments) shipment.loads = without(shipment.loads);
		for (const shipment of this.shipments) this.dispatch(shipment);
		this.tell();
	}

	private load(blob: Blob, name: string): Load {
		this.count += 1;
		const upload = new Upload(this.tools.raw, blob, name, this.tools.clock, () => this.tell());
		return { id: this.count, blob, name, upload, film: this.film(blob), file: null };
	}

	/** A few at a time: the server takes no more of one account. */
	private async run(load: Load): Promise<void> {
		if (this.running >= MAX_RUNNING) {
			this.queue.push(load);
			return;
		}
		this.running += 1;
		await load.upload.resume();
		this.running -= 1;
		const next = this.queue.shift();
		if (next) void this.run(next);
		await this.finish(load);
	}

	private async finish(load: Load): Promise<void> {
		const { id, state } = load.upload;
		if (state !== "done" || id === null || load.file) return;
		// Where its facts cannot be had, what the browser knows will do.
		load.file = await this.tools.files.about(id).catch(() => guess(id, load));
		for (const shipment of this.shipments) this.dispatch(shipment);
		this.tell();
	}

	private async film(blob: Blob): Promise<{ durationMs: number | null; poster: FileObject | null }> {
		if (kindOfFile(blob.type) !== "video") return { durationMs: null, poster: null };
		const { durationMs, poster } = await this.tools.examine(blob);
		return { durationMs, poster: poster && (await this.uploadPoster(poster).catch(() => null)) };
	}

	private async uploadPoster(poster: Blob): Promise<FileObject | null> {
		const upload = new Upload(this.tools.raw, poster, "poster.jpg", this.tools.clock, () => undefined);
		await upload.resume();
		return upload.state === "done" && upload.id ? this.tools.files.about(upload.id) : null;
	}

	private take(key: ConversationKey, loads: Load[], build: Shipment["build"]): void {
		if (loads.length === 0) return;
		this.count += 1;
		const shipment = { id: this.count, key, loads, build };
		this.shipments.push(shipment);
		this.dispatch(shipment);
		this.tell();
	}

	private dispatch(shipment: Shipment): void {
		const { loads } = shipment;
		if (loads.some(({ file }) => file === null)) return;
		this.shipments = this.shipments.filter((other) => other !== shipment);
		if (loads.length > 0) void this.deliver(shipment);
	}

	private async deliver({ key, loads, build }: Shipment): Promise<void> {
		const uploaded: Uploaded[] = [];
		for (const { file, film } of loads) if (file) uploaded.push({ file, ...(await film) });
		for (const message of build(uploaded)) this.tools.send(key, message);
	}

	private loads(): Load[] {
		return [...this.trays.values(), ...this.shipments.map(({ loads }) => loads)].flat();
	}

	private find(item: number): Load | undefined {
		return this.loads().find(({ id }) => id === item);
	}

	private tell(): void {
		const traffic = this.traffic();
		for (const listener of this.listeners) listener(traffic);
	}

	private traffic(): Traffic {
		const trays = new Map([...this.trays].map(([place, loads]) => [place, loads.map(itemOf)]));
		return { trays, parcels: this.shipments.map(({ id, key, loads }) => ({ id, key, items: loads.map(itemOf) })) };
	}
}

function itemOf({ id, name, blob, upload }: Load): Item {
	const { state, sent, error } = upload;
	return { id, name, type: blob.type, size: blob.size, sent, state, error, blob };
}

function guess(id: string, { name, blob }: Load): FileObject {
	const type = blob.type || "application/octet-stream";
	return { id, name, type, size: blob.size, width: null, height: null, thumb: false };
}
