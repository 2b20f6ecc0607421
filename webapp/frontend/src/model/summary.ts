/** The one line that a list shows of a conversation. */

import type { Message } from "../contract/envelope";
import type { Conversation } from "./conversation";
import { stripMarks } from "./markdown";
import { pendingContent } from "./outbox";
import { pendingMessage } from "./timeline";

export interface Summary {
	/** Who said it; null for ourselves, still on its way. */
	readonly from: string | null;
	readonly message: Message;
	readonly at: number;
	readonly failed: boolean;
}

const MAX_CHARS = 120;

export function summarize(conversation: Conversation, me: string): Summary | null {
	const pending = pendingContent(conversation.pending).at(-1);
	if (pending) {
		const message = pendingMessage(conversation.key, pending, me);
		return { from: null, message, at: pending.at, failed: pending.failure !== null };
	}
	const message = conversation.newest;
	return message && { from: message.from, message, at: message.at, failed: false };
}

/** The words of a message: its body, or its data as `name: value` pairs. */
export function messageText({ body, data }: Pick<Message, "body" | "data">): string {
	if (body || data === null) return body;
	return Object.entries(data)
		.map(([name, value]) => `${name}: ${valueText(value)}`)
		.join(", ");
}

/** A value of a data message as people read it. */
export function valueText(value: unknown): string {
	return typeof value === "string" ? value : JSON.stringify(value);
}

const MOST_LINES = 40;
const FULL_LINE = 80; // characters: a longer line is broken

/** Whether a text is so long that only its beginning is shown. */
export function isFolded(text: string): boolean {
	if (text.length <= MOST_LINES) return false;
	let lines = 0;
	for (const line of text.split("\n", MOST_LINES + 1)) lines += Math.max(1, Math.ceil(line.length / FULL_LINE));
	return lines > MOST_LINES;
}

/** `marked`: the marks of Markdown in it are left out. */
export function oneLine(text: string, marked = false): string {
	const words = marked ? stripMarks(text) : text;
	return words.slice(0, MAX_CHARS).replace(/\s+/gu, " ");
}
