/** What may be done with a message, so that the pages offer nothing that the rules refuse. Pure. */

import type { Message } from "../contract/envelope";
import type { Role } from "../contract/groups";
import { type ConversationKey, isGroup, nameOf } from "../contract/topics";
import type { MarksAsOf } from "./marks";

export interface Standing {
	readonly me: string;
	/** In a group; null in a conversation of two, or where it is not known. */
	readonly role: Role | null;
	/** Whether one may write here now. */
	readonly writes: boolean;
}

export interface Offers {
	readonly react: boolean;
	readonly reply: boolean;
	readonly thread: boolean;
	readonly forward: boolean;
	readonly copy: boolean;
	readonly link: boolean;
	readonly edit: boolean;
	readonly pin: boolean;
	readonly unpin: boolean;
	readonly readBy: boolean;
	readonly versions: boolean;
	readonly close: boolean;
	readonly takeBack: boolean;
	readonly deleteForMe: boolean;
	readonly report: boolean;
	readonly select: boolean;
}
export type Offer = keyof Offers;

const EDITABLE: ReadonlySet<string> = new Set(["text", "image", "video", "voice", "file"]);

/** The time to edit and to take back is the server's to know: what is too late it refuses, and says so. */
export function offersFor(
	message: Message,
	marks: MarksAsOf | null,
	key: ConversationKey,
	{ me, role, writes }: Standing,
): Offers {
	const stamped = message.seq > 0 && message.content.kind !== "gone";
	const mine = message.from === me;
	const group = isGroup(key);
	const manages = group && (role === "owner" || role === "admin");
	const pins = stamped && (manages || !group);
	const poll = message.content.kind === "poll" ? message.content : null;
	return {
		react: stamped,
		reply: stamped && writes,
		thread: stamped && writes && group && message.thread === null,
		forward: stamped,
		copy: message.body !== "",
		link: stamped,
		edit: stamped && mine && writes && EDITABLE.has(message.content.kind),
		pin: pins && marks?.pinned !== true,
		unpin: pins && marks?.pinned === true,
		readBy: stamped && mine && group,
		versions: stamped && mine && message.edited !== null,
		close: stamped && mine && poll !== null && poll.closed === null,
		takeBack: stamped && (mine || manages),
		deleteForMe: stamped,
		report: stamped && !mine && nameOf(key) !== me,
		select: stamped,
	};
}

/** Whether a poll still takes votes. */
export function isOpen(
	poll: { readonly closes: number | null; readonly closed: number | null },
	nowMs: number,
): boolean {
	return poll.closed === null && (poll.closes === null || poll.closes > nowMs);
}
