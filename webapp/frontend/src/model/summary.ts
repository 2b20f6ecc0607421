/** The one line that a list shows of a conversation. */

import type { Message } from "../contract/envelope";
import type { GroupEvent } from "../contract/groups";
import type { Conversation } from "./conversation";

export interface Summary {
	/** Who said it; null for ourselves, still on its way. */
	readonly from: string | null;
	readonly text: string;
	/** The line about a change in the group, if it is one. */
	readonly event: GroupEvent | null;
	readonly at: number;
	readonly failed: boolean;
}

const MAX_CHARS = 120;

export function summarize(conversation: Conversation): Summary | null {
	const pending = conversation.pending.at(-1);
	if (pending)
		return { from: null, text: oneLine(pending.body), event: null, at: pending.at, failed: pending.failure !== null };
	const message = conversation.messages.at(-1);
	if (!message) return null;
	const { from, event, at } = message;
	return { from, text: oneLine(messageText(message)), event, at, failed: false };
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

function oneLine(text: string): string {
	return text.slice(0, MAX_CHARS).replace(/\s+/gu, " ");
}
