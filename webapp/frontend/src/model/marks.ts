/**
 * What an entry of the log does to another message: to its words, and to what hangs on it. Pure.
 *
 * A page of history says how things stand as of an entry (`asOf`); what comes live after that changes it, and what the page
 * knew already does not change it twice.
 */

import type { Message } from "../contract/envelope";
import { type Marks, NO_MARKS, type PollCount, type ReactionCount } from "../contract/history";
import { isMark, type PollContent, type ReactionMark, type VoteMark } from "../contract/kinds";

const MAX_NAMES = 20; // of those who set a sign, as the API gives them

export interface MarksAsOf extends Marks {
	/** The entry up to which this holds. */
	readonly asOf: number;
	/** Whether something came that cannot be counted from here: ask the server. */
	readonly stale: boolean;
}

export function marksAsOf(asOf: number, marks: Marks = NO_MARKS): MarksAsOf {
	return { ...marks, asOf, stale: false };
}

/** The messages that an entry changes. */
export function touchedBy({ content, thread }: Message): readonly number[] {
	if (!isMark(content)) return thread === null ? [] : [thread];
	return content.kind === "erase" ? content.of : [content.of];
}

/** Whether a row of the conversation is made of it, and it counts as unread. */
export function isSaid({ content }: Message): boolean {
	return !isMark(content) && content.kind !== "gone";
}

/** The message as it reads after the entry. */
export function rewritten(message: Message, entry: Message): Message {
	const mark = entry.content;
	if (message.content.kind === "gone") return message;
	if (mark.kind === "recall") return emptied(message, entry.from);
	if (mark.kind === "erase") return emptied(message, null);
	if (mark.kind === "close" && message.content.kind === "poll")
		return { ...message, content: { ...message.content, closed: entry.at } };
	if (mark.kind !== "edit") return message;
	const content = message.content.kind === "text" ? { ...message.content, format: mark.format } : message.content;
	return { ...message, content, body: mark.body, mentions: mark.mentions, edited: entry.at };
}

/** What is left: who, when and its number. `by` took it back; `hidden`: we have deleted it for ourselves. */
export function emptied(message: Message, by: string | null, hidden = false): Message {
	return {
		...message,
		kind: "gone",
		body: "",
		data: null,
		event: null,
		content: { kind: "gone", by, hidden },
		reply: null,
		mentions: [],
		disappearS: null,
		edited: null,
		imported: null,
	};
}

/** What hangs on `message` after the entry; `me` tells which signs and votes are ours. */
export function marked(marks: MarksAsOf, message: Message, entry: Message, me: string): MarksAsOf {
	return { ...hung(marks, message, entry, me), asOf: entry.seq };
}

function hung(marks: MarksAsOf, message: Message, entry: Message, me: string): MarksAsOf {
	const mark = entry.content;
	switch (mark.kind) {
		case "reaction":
			return withReaction(marks, mark, entry.from, me);
		case "pin":
			return { ...marks, pinned: !mark.remove };
		case "vote":
			return message.content.kind === "poll" ? withVote(marks, message.content, mark, entry.from, me) : marks;
		case "recall":
		case "erase":
			return { ...marks, ...NO_MARKS, thread: marks.thread };
		default:
			if (entry.thread !== message.seq) return marks;
			return { ...marks, thread: { count: (marks.thread?.count ?? 0) + 1, lastSeq: entry.seq } };
	}
}

function withReaction(marks: MarksAsOf, mark: ReactionMark, from: string, me: string): MarksAsOf {
	const before = marks.reactions.find(({ emoji }) => emoji === mark.emoji) ?? {
		emoji: mark.emoji,
		count: 0,
		mine: false,
		who: [],
	};
	const had = from === me ? before.mine : before.who.includes(from);
	if (had === !mark.remove) return marks;
	// Of more than twenty we do not know whether this one was among them.
	const stale = marks.stale || (from !== me && !had && before.count > before.who.length);
	const after = counted(before, mark, from, me);
	const kept = marks.reactions.map((item) => (item.emoji === mark.emoji ? after : item));
	const reactions = kept.includes(after) ? kept : [...kept, after];
	return { ...marks, stale, reactions: reactions.filter(({ count }) => count > 0) };
}

function counted(before: ReactionCount, { remove }: ReactionMark, from: string, me: string): ReactionCount {
	const others = before.who.filter((name) => name !== from);
	return {
		emoji: before.emoji,
		count: Math.max(0, before.count + (remove ? -1 : 1)),
		mine: from === me ? !remove : before.mine,
		who: remove ? others : [...others, from].slice(0, MAX_NAMES),
	};
}

/** Without the names, only our own vote can be counted; another's is asked for. */
function withVote(marks: MarksAsOf, poll: PollContent, vote: VoteMark, from: string, me: string): MarksAsOf {
	const before = marks.poll ?? noVotes(poll);
	const { choices } = vote;
	if (choices === null || (before.who === null && from !== me)) return { ...marks, stale: true };
	const had = from === me ? before.mine : placesOf(before, from);
	const has = choices.filter((place) => place < poll.options.length);
	const counts = poll.options.map(
		(_, place) => (before.counts[place] ?? 0) + Number(has.includes(place)) - Number(had.includes(place)),
	);
	const voters = before.voters + Number(has.length > 0) - Number(had.length > 0);
	const who = before.who?.map((names, place) => {
		const others = names.filter((name) => name !== from);
		return has.includes(place) ? [...others, from] : others;
	});
	return { ...marks, poll: { counts, voters, mine: from === me ? has : before.mine, who: who ?? null } };
}

function placesOf({ who }: PollCount, name: string): number[] {
	return (who ?? []).flatMap((names, place) => (names.includes(name) ? [place] : []));
}

export function noVotes({ options, anonymous }: PollContent): PollCount {
	return {
		counts: options.map(() => 0),
		voters: 0,
		mine: [],
		who: anonymous ? null : options.map(() => []),
	};
}
