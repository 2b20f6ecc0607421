/**
 * Files on their way up, and the messages that wait for them.
 *
 * A file goes up as soon as it was chosen; it lies on the tray of its composer until the person sends. Then the tray
 * becomes a parcel, which leaves as a message (or several) when its last file is up. All of it is kept in the depot
 * meanwhile; what is pending after that is the outbox's.
 */

import type { FileObject } from "../contract/kinds";
import type { ConversationKey } from "../contract/topics";
import { type FilesMessage, kindOfFile, type Packing, type Uploaded, unpack } from "../model/attachments";
import type { Place } from "../model/composing";
import type { Raw } from "../net/api";
import { type FilesApi, Upload, type UploadState } from "../net/files";
import type { Clock } from "../platform/platform";
import type { Depot, Left } from "./depot";

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
	/** Whether it goes as a file though it is a picture. */
	readonly asFile: boolean;
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
	/** Where it is kept; null: nowhere. */
	readonly depot?: Pick<Depot, "put" | "remove" | "takeOver"> | null;
	/** A name that no other page gives. */
	readonly newId?: () => string;
}

const MAX_RUNNING = 3;

interface Load {
	readonly id: number;
	readonly keptAs: string;
	readonly at: number;
	readonly blob: Blob;
	readonly name: string;
	readonly upload: Upload;
	readonly film: Promise<{ durationMs: number | null; poster: FileObject | null }>;
	file: FileObject | null;
	asFile: boolean;
}

interface Shipment {
	readonly id: number;
	readonly keptAs: string;
	readonly key: ConversationKey;
	loads: Load[];
	readonly packing: Packing;
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
		for (const load of loads) {
			this.keep(load);
			void this.run(load);
		}
	}

	/** Go on with what earlier pages have left. */
	async takeOver(): Promise<void> {
		const left = (await this.tools.depot?.takeOver()) ?? [];
		const loads = left.map((item) => this.loadAgain(item));
		for (const { parcel } of left) {
			if (!parcel || this.shipments.some(({ keptAs }) => keptAs === parcel.id)) continue;
			const inside = loads.filter((_, index) => left[index]?.parcel?.id === parcel.id);
			this.take(parcel.key, inside, parcel.packing, parcel.id);
		}
		for (const load of loads) void this.run(load);
	}

	/** Put what lies on the tray on its way; `packing` says what becomes of it once all is up. */
	ship(place: Place, key: ConversationKey, packing: Packing): void {
		const loads = this.trays.get(place) ?? [];
		this.trays.delete(place);
		this.take(key, loads, packing);
	}

	/** Send one file that was never on a tray: a recording. */
	shipOne(key: ConversationKey, blob: Blob, name: string, packing: Packing): void {
		const load = this.load(blob, name);
		this.take(key, [load], packing);
		void this.run(load);
	}

	/** Put a file of a tray before or behind its neighbour. */
	move(place: Place, item: number, step: 1 | -1): void {
		const loads = [...(this.trays.get(place) ?? [])];
		const from = loads.findIndex(({ id }) => id === item);
		const [load] = loads.splice(from, 1);
		if (!load || from + step < 0 || from + step > loads.length) return;
		loads.splice(from + step, 0, load);
		this.trays.set(place, loads);
		this.tell();
	}

	/** Send a picture as a file, or as a picture after all. */
	setAsFile(item: number, asFile: boolean): void {
		const load = this.find(item);
		if (load) load.asFile = asFile;
		this.tell();
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
		const load = this.find(item);
		load?.upload.cancel();
		if (load) this.tools.depot?.remove(load.keptAs);
		const without = (loads: readonly Load[]) => loads.filter(({ id }) => id !== item);
		for (const [place, loads] of this.trays) this.trays.set(place, without(loads));
		for (const shipment of this.shipments) shipment.loads = without(shipment.loads);
		for (const shipment of this.shipments) this.dispatch(shipment);
		this.tell();
	}

	/** The sign-in is over: nothing goes on, and what is kept stays as it is. */
	stop(): void {
		this.queue = [];
		for (const { upload } of this.loads()) upload.pause();
	}

	private load(blob: Blob, name: string, keptAs = this.newId(), at = this.tools.clock.now()): Load {
		this.count += 1;
		let begunAs: string | null = null;
		const upload = new Upload(this.tools.raw, blob, name, this.tools.clock, () => {
			if (upload.id !== begunAs) this.keep(load); // or it would be begun anew
			begunAs = upload.id;
			this.tell();
		});
		const load: Load = {
			id: this.count,
			keptAs,
			at,
			blob,
			name,
			upload,
			film: this.film(blob),
			file: null,
			asFile: false,
		};
		return load;
	}

	private loadAgain({ id, blob, name, upload, at, place }: Left): Load {
		const load = this.load(blob, name, id, at);
		if (upload !== null) load.upload.goOnWith(upload);
		if (place !== null) this.trays.set(place, [...(this.trays.get(place) ?? []), load]);
		return load;
	}

	private newId(): string {
		return this.tools.newId?.() ?? String(this.count);
	}

	/** Keep where a file lies and how far it is, unless it lies nowhere any more. */
	private keep(load: Load): void {
		const place = [...this.trays].find(([, loads]) => loads.includes(load))?.[0] ?? null;
		const shipment = this.shipments.find(({ loads }) => loads.includes(load));
		if (place === null && !shipment) return;
		const parcel = shipment ? { id: shipment.keptAs, key: shipment.key, packing: shipment.packing } : null;
		const { keptAs: id, at, id: order, name, blob, upload } = load;
		this.tools.depot?.put({ id, name, blob, upload: upload.id, at, order, place, parcel });
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

	private take(key: ConversationKey, loads: Load[], packing: Packing, keptAs = this.newId()): void {
		if (loads.length === 0) return;
		this.count += 1;
		const shipment = { id: this.count, keptAs, key, loads, packing };
		this.shipments.push(shipment);
		for (const load of loads) this.keep(load);
		this.dispatch(shipment);
		this.tell();
	}

	private dispatch(shipment: Shipment): void {
		const { loads } = shipment;
		if (loads.some(({ file }) => file === null)) return;
		this.shipments = this.shipments.filter((other) => other !== shipment);
		if (loads.length > 0) void this.deliver(shipment);
	}

	private async deliver({ key, loads, packing }: Shipment): Promise<void> {
		const uploaded: Uploaded[] = [];
		for (const { file, film, asFile } of loads) if (file) uploaded.push({ file, ...(await film), asFile });
		for (const message of unpack(uploaded, packing)) this.tools.send(key, message);
		for (const { keptAs } of loads) this.tools.depot?.remove(keptAs);
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

function itemOf({ id, name, blob, upload, asFile }: Load): Item {
	const { state, sent, error } = upload;
	return { id, name, type: blob.type, size: blob.size, sent, state, error, asFile, blob };
}

function guess(id: string, { name, blob }: Load): FileObject {
	const type = blob.type || "application/octet-stream";
	return { id, name, type, size: blob.size, width: null, height: null, thumb: false };
}
