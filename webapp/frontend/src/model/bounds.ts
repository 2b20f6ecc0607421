/**
 * How much of a log a window holds at most: what is far from the view is let go, above or below. Pure.
 *
 * A window whose end was let go is in the middle of the log (`detached`), as one that was brought there by a jump.
 */

import type { Message } from "../contract/envelope";
import { isMark } from "../contract/kinds";
import type { Conversation } from "./conversation";

/** Entries, unless more are in view; with a day before each, rows stay below 300. */
export const MOST_HELD = 150;

/** The first and the last seq that must stay. */
export interface Span {
	readonly first: number;
	readonly last: number;
}

/** Hold no more than `most` entries, and all of `span`: what goes lies on the side that has more beyond it. */
export function heldAround(conversation: Conversation, span: Span, most = MOST_HELD): Conversation {
	const { messages } = conversation;
	const excess = messages.length - most;
	if (excess <= 0) return conversation;
	const above = messages.filter(({ seq }) => seq < span.first).length;
	const below = messages.filter(({ seq }) => seq > span.last).length;
	const fromBelow = below >= above ? Math.min(excess, below) : 0;
	const fromAbove = fromBelow > 0 ? 0 : Math.min(excess, above);
	return cut(conversation, fromAbove, messages.length - fromBelow);
}

/** Forget the oldest of a window that grew long while its end was in view. */
export function trim(conversation: Conversation, most: number): Conversation {
	const { length } = conversation.messages;
	return cut(conversation, Math.max(0, length - most), length);
}

/** Hold the entries of these places, and beside them what they answer. */
function cut(conversation: Conversation, from: number, to: number): Conversation {
	if (from === 0 && to === conversation.messages.length) return conversation;
	const messages = conversation.messages.slice(from, to);
	const gone = [...conversation.messages.slice(0, from), ...conversation.messages.slice(to)];
	const rest = { ...conversation, messages, aside: asideOf(conversation, messages, gone) };
	return withMarksHeld(to === conversation.messages.length ? rest : detachedAt(rest));
}

function detachedAt(conversation: Conversation): Conversation {
	const upto = conversation.messages.at(-1)?.seq ?? conversation.upto;
	return { ...conversation, upto, detached: true, ahead: conversation.ahead.filter(({ content }) => isMark(content)) };
}

/** What is shown though it lies outside: what is answered, and threads with the messages that they hang on. */
function asideOf({ aside }: Conversation, held: readonly Message[], gone: readonly Message[]): Map<number, Message> {
	const threads = new Set([...aside.values()].flatMap(({ thread }) => thread ?? []));
	const answered = new Set([...threads, ...held.flatMap(({ thread, reply }) => [thread ?? [], reply ?? []].flat())]);
	const stays = [...aside.values(), ...gone].filter(
		({ seq, thread }) => answered.has(seq) || (thread !== null && threads.has(thread)),
	);
	return new Map(stays.map((message) => [message.seq, message]));
}

/** A message that comes again brings its marks with it. */
function withMarksHeld(conversation: Conversation): Conversation {
	const { messages, ahead, aside, pins, newest } = conversation;
	const shown = [...messages, ...ahead, ...aside.values(), ...pins.map(({ message }) => message)];
	const held = new Set(shown.map(({ seq }) => seq));
	const marks = new Map([...conversation.marks].filter(([seq]) => held.has(seq) || seq === newest?.seq));
	return { ...conversation, marks };
}
