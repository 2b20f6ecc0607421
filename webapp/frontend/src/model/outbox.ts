/** Messages without a stamp, kept until they have one, also when the page is closed in between. */

import { asObject, Malformed, readInteger, readList, readString } from "../contract/decode";
import { checkDraft, type Draft } from "../contract/drafts";
import { type FileObject, isMarkKind, parseFile } from "../contract/kinds";
import { type ConversationKey, parseConversationKey } from "../contract/topics";
import type { Shelf } from "../platform/platform";

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

export class Outbox {
	private readonly prefix: string;

	constructor(
		private readonly shelf: Shelf,
		account: string,
	) {
		this.prefix = `hongyan.outbox.${account}/`;
	}

	/** One entry a message, so that two windows never overwrite each other's. */
	put(waiting: Waiting): void {
		this.shelf.set(this.prefix + waiting.id, JSON.stringify(waiting));
	}

	remove(id: string): void {
		this.shelf.remove(this.prefix + id);
	}

	/** Oldest first. What cannot be read is thrown away. */
	load(): Waiting[] {
		const ids = this.shelf.keys().filter((key) => key.startsWith(this.prefix));
		return ids.flatMap((key) => this.read(key)).sort((a, b) => a.at - b.at);
	}

	clear(): void {
		for (const { id } of this.load()) this.remove(id);
	}

	private read(shelfKey: string): Waiting[] {
		try {
			return [parseWaiting(JSON.parse(this.shelf.get(shelfKey) ?? ""))];
		} catch {
			this.shelf.remove(shelfKey);
			return [];
		}
	}
}

function parseWaiting(value: unknown): Waiting {
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
