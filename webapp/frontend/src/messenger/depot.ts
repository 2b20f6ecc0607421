/**
 * Files on their way up, kept until they are sent, so that a page that was closed goes on with them when it is opened again.
 *
 * Each is two records: the bytes, written once, and what is to become of them. They belong to the page that began them as
 * long as it lives; a page that opens takes over what the dead have left, and what an earlier sign-in at it has.
 */

import { asObject, Malformed, readInteger, readList, readObject, readString, readText } from "../contract/decode";
import { type ConversationKey, parseConversationKey } from "../contract/topics";
import type { Packing } from "../model/attachments";
import { type Place, parsePlace } from "../model/composing";
import type { Pages } from "../platform/pages";
import type { Clock, Keep, KeepEntry } from "../platform/platform";

const STORE = "uploads";
const MAX_BYTES = 100 * 1024 * 1024; // a larger file is chosen again: copying it would cost more than it saves
const KEPT_FOR_MS = 7 * 86_400_000;

export interface Left {
	readonly id: string;
	readonly name: string;
	readonly blob: Blob;
	/** Of the upload, where it was begun. */
	readonly upload: string | null;
	readonly at: number;
	/** Among those of the same time. */
	readonly order: number;
	/** The tray that it lies on; null: it is in a parcel. */
	readonly place: Place | null;
	readonly parcel: LeftParcel | null;
}

export interface LeftParcel {
	readonly id: string;
	readonly key: ConversationKey;
	readonly packing: Packing;
}

export class Depot {
	private readonly has = new Set<string>();

	constructor(
		private readonly keep: Keep,
		private readonly account: string,
		private readonly pages: Pages,
		private readonly clock: Clock,
	) {}

	/** Called again when anything but the bytes has changed. */
	put({ blob, ...left }: Left): void {
		if (blob.size > MAX_BYTES) return;
		const value: unknown = { ...JSON.parse(JSON.stringify(left)), page: this.pages.id };
		const bytes: KeepEntry[] = this.has.has(left.id) ? [] : [{ store: STORE, name: bytesOf(left.id), value: blob }];
		this.has.add(left.id);
		void this.keep.write(this.account, [...bytes, { store: STORE, name: left.id, value }]);
	}

	remove(id: string): void {
		if (this.has.delete(id)) void this.keep.write(this.account, removal(id));
	}

	/** What pages that are gone have left, oldest first; from now on it is this page's. */
	async takeOver(): Promise<Left[]> {
		const taken: Left[] = [];
		await this.pages.alone("hongyan.uploads", async () => {
			const alive = await this.pages.alive();
			if (alive === null) return; // another page may be at it
			const records = await this.keep.readAll(this.account, STORE);
			const ids = [...records.keys()].filter((name) => !name.endsWith(BYTES));
			for (const id of ids) {
				const left = this.read(id, records, alive);
				if (left === "another's") continue;
				if (left) taken.push(left);
				else await this.keep.write(this.account, removal(id));
			}
			for (const left of taken) this.adopt(left);
		});
		return taken.sort((a, b) => a.at - b.at || a.order - b.order);
	}

	/** Our own page had it too: before whoever is signed in now signed in again. */
	private isOfAnother(page: string, alive: ReadonlySet<string>): boolean {
		return page !== this.pages.id && alive.has(page);
	}

	private adopt(left: Left): void {
		this.has.add(left.id);
		this.put(left);
	}

	/** Null: it is too old, or cannot be read. */
	private read(
		id: string,
		records: ReadonlyMap<string, unknown>,
		alive: ReadonlySet<string>,
	): Left | "another's" | null {
		try {
			const fields = asObject(records.get(id));
			if (this.has.has(id) || this.isOfAnother(readText(fields, "page"), alive)) return "another's";
			const left = parseLeft(id, fields, records.get(bytesOf(id)));
			return this.clock.now() - left.at < KEPT_FOR_MS ? left : null;
		} catch {
			return null;
		}
	}
}

const BYTES = " bytes";

function bytesOf(id: string): string {
	return id + BYTES;
}

function removal(id: string): KeepEntry[] {
	return [
		{ store: STORE, name: id },
		{ store: STORE, name: bytesOf(id) },
	];
}

function parseLeft(id: string, fields: ReturnType<typeof asObject>, blob: unknown): Left {
	if (!(blob instanceof Blob)) throw new Malformed("no bytes");
	return {
		id,
		name: readString(fields, "name"),
		blob,
		upload: readText(fields, "upload") || null,
		at: readInteger(fields, "at"),
		order: readInteger(fields, "order"),
		place: fields.place ? parsePlace(readString(fields, "place")) : null,
		parcel: fields.parcel ? parseParcel(readObject(fields, "parcel")) : null,
	};
}

function parseParcel(fields: ReturnType<typeof asObject>): LeftParcel {
	const packing = readObject(fields, "packing");
	const common = readObject(packing, "common");
	const said = packing.said ? readObject(packing, "said") : null;
	return {
		id: readString(fields, "id"),
		key: parseConversationKey(readString(fields, "key")),
		packing: {
			common, // the exchange refuses what it does not know
			...(said && {
				said: { duration_ms: readInteger(said, "duration_ms"), waveform: readList(said, "waveform", Number) },
			}),
		},
	};
}
