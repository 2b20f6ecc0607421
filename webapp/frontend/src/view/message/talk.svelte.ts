/** What a conversation on the page has in hand, beside its messages: a menu, a selection, a question, what is played. */

import { getContext, setContext } from "svelte";
import type { Message } from "../../contract/envelope";
import type { FileObject, ForwardItem } from "../../contract/kinds";
import type { ConversationKey } from "../../contract/topics";
import type { Messenger } from "../../messenger/messenger";
import { messageHash, threadHash } from "../../model/route";
import type { Bubble } from "../../model/timeline";

/** What is asked or shown above the conversation. */
export type TalkDialog =
	| { readonly what: "forward" | "takeBack" | "deleteForMe"; readonly seqs: readonly number[] }
	| { readonly what: "readers" | "versions" | "report" | "closePoll"; readonly message: Message }
	| { readonly what: "date" }
	| { readonly what: "images"; readonly images: readonly FileObject[]; readonly index: number }
	| { readonly what: "items"; readonly items: readonly ForwardItem[] };

export interface OpenMenu {
	readonly bubble: Bubble;
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
	private playing: HTMLMediaElement | null = null;

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

	toggle(seq: number): void {
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
