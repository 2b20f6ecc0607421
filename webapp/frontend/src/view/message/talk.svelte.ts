/** What a conversation on the page has in hand, beside its messages: a menu, a selection, a question, what is played. */

import { getContext, setContext } from "svelte";
import type { Message } from "../../contract/envelope";
import type { FileObject, ForwardItem } from "../../contract/kinds";
import type { ConversationKey } from "../../contract/topics";
import type { Messenger } from "../../messenger/messenger";
import { isSaid } from "../../model/marks";
import { picturesOf } from "../../model/pictures";
import { messageHash, threadHash } from "../../model/route";
import type { Bubble } from "../../model/timeline";
import { copyText } from "../../platform/clipboard";

/** What is asked or shown above the conversation. */
export type TalkDialog =
	| { readonly what: "forward" | "takeBack" | "deleteForMe"; readonly seqs: readonly number[] }
	| { readonly what: "readers" | "versions" | "report" | "closePoll"; readonly message: Message }
	| { readonly what: "date" }
	| { readonly what: "pack"; readonly name: string }
	| {
			readonly what: "images";
			/** Oldest first. */
			readonly images: readonly FileObject[];
			readonly index: number;
			/** The seq before which there may be more; null: there are none. */
			readonly before: number | null;
	  }
	| { readonly what: "items"; readonly items: readonly ForwardItem[] };

export interface OpenMenu {
	readonly bubble: Pick<Bubble, "message" | "marks">;
	/** Where it opens, in the window. */
	readonly x: number;
	readonly y: number;
	/** What gets the focus back. */
	readonly from: HTMLElement | null;
}

export class Talk {
	/** Null: nothing is being selected. */
	selected = $state.raw<ReadonlySet<number> | null>(null);
	dialog = $state.raw<TalkDialog | null>(null);
	menu = $state.raw<OpenMenu | null>(null);
	/** A message that one has just gone to. */
	flash = $state(0);
	/** The answer from which one has gone to what it answers: there is a way back. */
	back = $state<number | null>(null);
	/** Whether something was just copied, or could not be. */
	copied = $state<"text" | "link" | "refused" | null>(null);
	private playing: HTMLMediaElement | null = null;
	private picked = 0;

	constructor(
		readonly messenger: () => Messenger,
		readonly key: ConversationKey,
	) {}

	/** Set a sign of ours below a message, or take it away. */
	react(seq: number, emoji: string, remove: boolean): void {
		this.messenger().send(this.key, { kind: "reaction", of: seq, emoji, ...(remove && { remove }) });
	}

	pin(seq: number, remove: boolean): void {
		this.messenger().send(this.key, { kind: "pin", of: seq, ...(remove && { remove }) });
	}

	vote(seq: number, choices: readonly number[]): void {
		this.messenger().send(this.key, { kind: "vote", of: seq, choices });
	}

	closePoll(seq: number): void {
		this.messenger().send(this.key, { kind: "close", of: seq });
	}

	takeBack(seqs: readonly number[]): void {
		for (const of of seqs) this.messenger().send(this.key, { kind: "recall", of });
	}

	goTo(seq: number): void {
		location.hash = messageHash(this.key, seq);
	}

	openThread(root: number): void {
		location.hash = threadHash(this.key, root);
	}

	/** From an answer to what it answers. */
	goToOrigin(seq: number, from: number): void {
		this.goTo(seq);
		this.back = from > 0 ? from : null;
	}

	async copy(text: string, what: "text" | "link" = "text"): Promise<void> {
		this.copied = null;
		this.copied = (await copyText(text)) ? what : "refused";
	}

	copyLink(seq: number): Promise<void> {
		return this.copy(`${location.origin}${location.pathname}${messageHash(this.key, seq)}`, "link");
	}

	/** Select all that lies between the last one that was chosen and this one. */
	selectTo(seq: number): void {
		const messages = this.messenger().model.conversations.get(this.key)?.messages ?? [];
		const [from, to] = [Math.min(this.picked || seq, seq), Math.max(this.picked, seq)];
		const between = messages.filter((message) => message.seq >= from && message.seq <= to && isSaid(message));
		this.selected = new Set([...(this.selected ?? []), ...between.map((message) => message.seq)]);
		this.picked = seq;
	}

	/** Show a picture large, with all others of the conversation to turn over, or those beside it. */
	showPicture(file: FileObject, beside: readonly FileObject[]): void {
		const messages = this.messenger().model.conversations.get(this.key)?.messages ?? [];
		const find = (images: readonly FileObject[]) => images.findIndex(({ id }) => id === file.id);
		const held = picturesOf(messages);
		const first = messages[0]?.seq ?? 1;
		this.dialog =
			find(held) < 0
				? { what: "images", images: beside, index: find(beside), before: null }
				: { what: "images", images: held, index: find(held), before: first > 1 ? first : null };
	}

	toggle(seq: number): void {
		this.picked = seq;
		const next = new Set(this.selected ?? []);
		if (!next.delete(seq)) next.add(seq);
		this.selected = next;
	}

	/** One voice at a time. */
	play(media: HTMLMediaElement): void {
		if (this.playing !== media) this.playing?.pause();
		this.playing = media;
	}
}

const KEY = Symbol("talk");

export function provideTalk(talk: Talk): void {
	setContext(KEY, talk);
}

/** Only components below Chat may ask. */
export function useTalk(): Talk {
	return getContext<Talk>(KEY);
}
