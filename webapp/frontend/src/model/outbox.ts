/** Messages without a stamp, kept until they have one, also when the page is closed in between. */

import { asObject, Malformed, readInteger, readList, readString } from "../contract/decode";
import { checkDraft, type Draft } from "../contract/drafts";
import { type FileObject, isMarkKind, parseFile } from "../contract/kinds";
import { type ConversationKey, parseConversationKey } from "../contract/topics";
import type { Keep, Shelf } from "../platform/platform";

export type { Draft };

/** A message of ours that has no stamp yet. */
export interface Pending {
	readonly id: string;
	readonly draft: Draft;
	/** The files that the draft names, as they will stand in the envelope: for showing it before its stamp. */
	readonly files: readonly FileObject[];
	readonly at: number;
	/** Why the exchange refused it; null while it is on its way. */
	readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface Waiting extends Omit<Pending, "failure"> {
	readonly key: ConversationKey;
}

/** The words of a draft: its text, a caption, a question; "" where it has none. */
export function draftText(draft: Draft): string {
	return ("body" in draft && draft.body) || "";
}

/** What of ours stands in the conversation as a message. */
export function pendingContent(pending: readonly Pending[]): readonly Pending[] {
	return pending.filter(({ draft }) => !isMarkKind(draft.kind));
}

const STORE = "outbox";

/** What a reader finds under an account and an id; the worker reads it too. Nothing waits for a write. */
export class Outbox {
	private readonly oldPrefix: string;

	constructor(
		private readonly keep: Keep,
		private readonly shelf: Shelf,
		private readonly account: string,
	) {
		this.oldPrefix = `hongyan.outbox.${account}/`;
	}

	/** One entry a message, so that two windows never overwrite each other's. */
	put(waiting: Waiting): void {
		const value: unknown = JSON.parse(JSON.stringify(waiting)); // what a page handed in need not be plain data
		void this.keep.write(this.account, [{ store: STORE, name: waiting.id, value }]);
	}

	remove(id: string): void {
		void this.keep.write(this.account, [{ store: STORE, name: id }]);
	}

	/** Oldest first. What cannot be read is thrown away. */
	async load(): Promise<Waiting[]> {
		await this.takeOver();
		const kept = await this.keep.readAll(this.account, STORE);
		return [...kept].flatMap(([id, value]) => this.read(id, value)).sort((a, b) => a.at - b.at);
	}

	clear(): void {
		for (const name of this.oldNames()) this.shelf.remove(name);
		void this.keep.forget(this.account, [STORE]);
	}

	private read(id: string, value: unknown): Waiting[] {
		try {
			const waiting = parseWaiting(value);
			if (waiting.id !== id) throw new Malformed("id");
			return [waiting];
		} catch {
			this.remove(id);
			return [];
		}
	}

	/** What an earlier version left on the shelf. */
	private async takeOver(): Promise<void> {
		for (const name of this.oldNames()) {
			const value = readJson(this.shelf.get(name));
			const entry = { store: STORE, name: name.slice(this.oldPrefix.length), value } as const;
			if (value === undefined || (await this.keep.write(this.account, [entry]))) this.shelf.remove(name);
		}
	}

	private oldNames(): string[] {
		return this.shelf.keys().filter((key) => key.startsWith(this.oldPrefix));
	}
}

function readJson(text: string | null): unknown {
	try {
		return JSON.parse(text ?? "");
	} catch {
		return undefined;
	}
}

export function parseWaiting(value: unknown): Waiting {
	const fields = asObject(value);
	const draft = asObject(fields.draft, "draft") as unknown as Draft;
	if (checkDraft(draft) !== null) throw new Malformed("draft");
	return {
		key: parseConversationKey(readString(fields, "key")),
		id: readString(fields, "id"),
		draft,
		files: readList(fields, "files", parseFile),
		at: readInteger(fields, "at"),
	};
}
