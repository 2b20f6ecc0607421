/** The way back from a row of the page to its message, and from row to row. */

import type { Message } from "../../contract/envelope";
import { type Conversation, findMessage } from "../../model/conversation";
import type { MarksAsOf } from "../../model/marks";
import { pendingMessage } from "../../model/timeline";
import { LOG, ROW } from "./rows";

export interface Shown {
	readonly message: Message;
	readonly marks: MarksAsOf | null;
}

/** What a row shows; null: something that is still being written by another. */
export function shownIn(row: HTMLElement, conversation: Conversation, me: string): Shown | null {
	const seq = Number(row.dataset.seq ?? 0);
	if (seq > 0) {
		const message = findMessage(conversation, seq);
		return message && { message, marks: conversation.marks.get(seq) ?? null };
	}
	const pending = conversation.pending.find(({ id }) => id === row.dataset.id);
	return pending ? { message: pendingMessage(conversation.key, pending, me), marks: null } : null;
}

/** The row after or before one in the same list; from the list itself, the last one in view. */
export function rowBeside(from: HTMLElement, step: 1 | -1): HTMLElement | null {
	const log = from.closest<HTMLElement>(LOG);
	const rows = [...(log?.querySelectorAll<HTMLElement>(ROW) ?? [])];
	if (log === from) {
		const { bottom } = log.getBoundingClientRect();
		return rows.findLast((row) => row.getBoundingClientRect().top < bottom - 20) ?? null;
	}
	return rows[rows.indexOf(from) + step] ?? null;
}

/** Give it the focus; a row is no stop of the Tab key. */
export function focusRow(row: HTMLElement): void {
	row.tabIndex = -1;
	row.focus({ preventScroll: true });
	row.scrollIntoView({ block: "nearest" });
}
