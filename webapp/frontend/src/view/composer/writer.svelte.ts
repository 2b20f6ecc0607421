/** What is being written in one composer: its words, what they are about, and how they leave. */

import type { SavedDraft } from "../../contract/api";
import { checkDraft, type Draft, MAX_PAYLOAD_BYTES } from "../../contract/drafts";
import type { Message } from "../../contract/envelope";
import type { FileObject } from "../../contract/kinds";
import { type ConversationKey, isGroup, nameOf } from "../../contract/topics";
import type { Messenger } from "../../messenger/messenger";
import type { Uploads } from "../../messenger/uploads";
import type { Common } from "../../model/attachments";
import { type Composing, placeOf } from "../../model/composing";
import { rightsIn } from "../../model/group";
import type { Model } from "../../model/model";
import { EVERYBODY, hasMarks, mentionsIn } from "../../model/writing";

const NOTHING: Composing = {};

export interface App {
	readonly messenger: Messenger;
	readonly model: Model;
}

const TEXT_BYTES = MAX_PAYLOAD_BYTES - 1_024; // the rest is the envelope's
const NEAR = 0.85;

/** Counted only where it can be near: a character has at most three bytes. */
function roomIn(text: string): number | null {
	if (text.length * 3 < TEXT_BYTES * NEAR) return null;
	const bytes = new TextEncoder().encode(text).length;
	return bytes < TEXT_BYTES * NEAR ? null : Math.floor(((TEXT_BYTES - bytes) * text.length) / bytes);
}

export class Writer {
	text = $state("");
	/** Of the next message: gone so long after it was read. */
	disappearS = $state<number | null>(null);
	tooLarge = $state(false);
	/** How many more characters fit, about; null: far enough from the limit. */
	readonly left = $derived.by(() => roomIn(this.text));
	/** Whom the person chose from the list; a long group's members are not all known. */
	readonly chosen = new Set<string>();
	private saved = ""; // the words that the server has, as far as we know
	private kept = ""; // the words that wait while another message is being changed

	constructor(
		private readonly app: App,
		readonly chat: ConversationKey,
		readonly thread: number | null,
		private readonly uploads: Pick<Uploads, "ship" | "shipOne">,
	) {
		if (thread !== null) this.text = app.messenger.threadWords.of(this.place);
	}

	get place() {
		return placeOf(this.chat, this.thread);
	}

	get composing(): Composing {
		return this.app.model.composing.get(this.place) ?? NOTHING;
	}

	/** The words of another device come in, with what they answer, unless something is being written here. */
	adopt(draft: SavedDraft | null): void {
		const words = draft?.body ?? "";
		const untouched = this.text === this.saved && !this.composing.edit;
		this.saved = words;
		if (!untouched) return;
		this.text = words;
		const answered = draft?.reply != null && !this.composing.reply && this.find(draft.reply);
		if (answered) this.about({ reply: answered });
	}

	/** The person wrote something. */
	note(): void {
		this.tooLarge = false;
		if (this.composing.edit) return;
		if (this.text.trim()) this.app.messenger.type(this.chat);
		this.keep();
	}

	/** Let the server have the words; a thread's stay in this browser. */
	keep(): void {
		if (this.composing.edit) return;
		if (this.thread !== null) this.app.messenger.threadWords.note(this.place, this.text);
		else this.app.messenger.drafts.note(this.chat, { body: this.text, reply: this.composing.reply?.seq ?? null });
	}

	/** Another message's words take the place of those that were being written, or give it back. */
	turnTo(edit: Message | undefined, before: Message | undefined): void {
		if (edit && !before) this.kept = this.text;
		if (edit) this.text = edit.body;
		else if (before) this.text = this.kept;
	}

	about(composing: Composing | null): void {
		this.app.messenger.compose(this.chat, composing, this.thread);
	}

	/** The newest message of ours with words. */
	get lastOwn(): Message | null {
		const { username } = this.app.model.me;
		return (
			this.messages.findLast(({ from, kind, body }) => from === username && kind === "text" && body !== "") ?? null
		);
	}

	/** Send what is there: an edit, files with a caption, or words. */
	send(hasFiles: boolean): void {
		const { edit } = this.composing;
		if (edit) this.sendEdit(edit);
		else if (hasFiles) this.ship();
		else if (this.text.trim()) this.sendText();
	}

	/** Send a message that is no text: it answers what the composer is about, and leaves the words alone. */
	sendOther(draft: Draft, files: readonly FileObject[] = []): void {
		const { body: _, mentions: __, ...common } = this.common();
		this.app.messenger.send(this.chat, { ...common, ...draft } as Draft, files);
		this.about(null);
		this.disappearS = null;
		this.keep();
	}

	/** A recording, once it is up. */
	sendVoice(blob: Blob, name: string, said: { duration_ms: number; waveform: readonly number[] }): void {
		const { body: _, mentions: __, ...common } = this.common();
		this.uploads.shipOne(this.chat, blob, name, { common, said });
		this.about(null);
		this.keep();
	}

	/** The words as a message, for sending them later. */
	textDraft(): Draft {
		const format = hasMarks(this.text) ? ({ format: "markdown" } as const) : {};
		return { ...this.common(), kind: "text", body: this.text.trimEnd(), ...format };
	}

	/** It is on its way. */
	clear(): void {
		this.text = "";
		this.disappearS = null;
		this.about(null);
		this.keep();
		if (this.thread === null) void this.app.messenger.drafts.save(this.chat);
	}

	private get messages(): readonly Message[] {
		return this.app.model.conversations.get(this.chat)?.messages ?? [];
	}

	private find(seq: number): Message | undefined {
		return this.messages.find((message) => message.seq === seq);
	}

	private sendText(): void {
		const draft = this.textDraft();
		this.tooLarge = checkDraft(draft)?.code === "too_large";
		if (this.tooLarge) return;
		this.app.messenger.send(this.chat, draft);
		this.clear();
	}

	private sendEdit({ seq, body: before }: Message): void {
		const body = this.text.trimEnd();
		const mentions = this.mentions();
		const marks = hasMarks(body) ? ({ format: "markdown" } as const) : {};
		const draft: Draft = { kind: "edit", of: seq, body, ...marks, ...(mentions.length > 0 && { mentions }) };
		this.tooLarge = checkDraft(draft)?.code === "too_large";
		if (this.tooLarge) return;
		if (body !== before) this.app.messenger.send(this.chat, draft);
		this.about(null);
	}

	private ship(): void {
		const common = this.common();
		this.uploads.ship(this.place, this.chat, { common });
		this.clear();
	}

	private common(): Common {
		const body = this.text.trimEnd();
		const mentions = this.mentions();
		const { reply } = this.composing;
		return {
			...(body && { body }),
			...(reply && { reply: reply.seq }),
			...(this.thread !== null && { thread: this.thread }),
			...(mentions.length > 0 && { mentions }),
			...(this.disappearS !== null && { disappear_s: this.disappearS }),
		};
	}

	private mentions(): readonly string[] {
		const name = nameOf(this.chat);
		const detail = this.app.model.details.get(name);
		const members = this.app.model.members.get(name);
		return mentionsIn(this.text, (who) => {
			if (!isGroup(this.chat)) return who === name;
			if (who === EVERYBODY) return detail !== undefined && rightsIn(detail).manage;
			return this.chosen.has(who) || members?.has(who) === true;
		});
	}
}
