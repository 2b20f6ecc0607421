/** Everything that the pages show, as one immutable value; the functions make the next one from it. */

import type { Block, Friend, FriendRequests, Group, GroupDetail, Head, Me, Presence } from "../contract/api";
import type { Message } from "../contract/envelope";
import { type ConversationKey, isGroup, nameOf } from "../contract/topics";
import { type Conversation, emptyConversation, hasGap, receive, startAtHead, withHead } from "./conversation";

/** `waiting`: the connection was lost and the next attempt comes by itself. */
export type LinkState = "connecting" | "online" | "waiting";

export interface Toast {
	readonly id: number;
	readonly what: string;
	readonly who: string;
	readonly text: string;
}

export interface Model {
	readonly me: Me;
	readonly link: LinkState;
	/** Whether the first load of the lists is done. */
	readonly loaded: boolean;
	readonly conversations: ReadonlyMap<ConversationKey, Conversation>;
	readonly friends: readonly Friend[];
	readonly requests: FriendRequests;
	readonly blocks: readonly Block[];
	readonly groups: readonly Group[];
	readonly details: ReadonlyMap<string, GroupDetail>;
	readonly names: ReadonlyMap<string, string>;
	readonly toasts: readonly Toast[];
}

export function emptyModel(me: Me): Model {
	return {
		me,
		link: "connecting",
		loaded: false,
		conversations: new Map(),
		friends: [],
		requests: { incoming: [], outgoing: [] },
		blocks: [],
		groups: [],
		details: new Map(),
		names: new Map([[me.username, me.displayName]]),
		toasts: [],
	};
}

/** Change one conversation; one that is not known yet is made. */
export function change(model: Model, key: ConversationKey, next: (conversation: Conversation) => Conversation): Model {
	const before = model.conversations.get(key) ?? emptyConversation(key, displayName(model, nameOf(key)));
	const after = next(before);
	if (after === before && model.conversations.has(key)) return model;
	return { ...model, conversations: new Map(model.conversations).set(key, after) };
}

/** Change every conversation by the same rule. */
export function changeAll(model: Model, next: (conversation: Conversation) => Conversation): Model {
	const conversations = new Map([...model.conversations].map(([key, item]) => [key, next(item)]));
	return { ...model, conversations };
}

/**
 * Compare heads with what we have. Those that left the list go, unless something of ours waits there.
 * The one in view keeps its window (and may have a gap now); others start again at their heads.
 */
export function withHeads(model: Model, heads: readonly Head[], open: ConversationKey | null): Model {
	const conversations = new Map<ConversationKey, Conversation>();
	for (const head of heads) {
		const before = model.conversations.get(head.key);
		const after = withHead(before ?? emptyConversation(head.key), head);
		const keep = before !== undefined && (!hasGap(after) || head.key === open);
		conversations.set(head.key, keep ? after : startAtHead(after, head));
	}
	for (const [key, item] of model.conversations)
		if (!conversations.has(key) && item.pending.length > 0) conversations.set(key, item);
	return { ...model, loaded: true, conversations };
}

export function received(model: Model, key: ConversationKey, message: Message): Model {
	return change(model, key, (conversation) => receive(conversation, message, model.me.username));
}

export function withFriends(model: Model, friends: readonly Friend[]): Model {
	return withNames({ ...model, friends }, friends);
}

export function withPresence(model: Model, username: string, presence: Presence): Model {
	const friends = model.friends.map((friend) => (friend.username === username ? { ...friend, presence } : friend));
	return { ...model, friends };
}

export function withRequests(model: Model, requests: FriendRequests): Model {
	const people = [...requests.incoming, ...requests.outgoing];
	return withNames(
		{ ...model, requests },
		people.map(({ who, displayName }) => ({ username: who, displayName })),
	);
}

export function withGroupDetail(model: Model, detail: GroupDetail): Model {
	const details = new Map(model.details).set(detail.name, detail);
	return withNames({ ...model, details }, detail.members);
}

export function withNames(model: Model, people: readonly { username: string; displayName: string }[]): Model {
	const names = new Map(model.names);
	for (const person of people) names.set(person.username, person.displayName);
	return { ...model, names };
}

/** The name to show; the account's own name where none is known. */
export function displayName(model: Model, username: string): string {
	return model.names.get(username) ?? username;
}

export function findFriend(model: Model, username: string): Friend | null {
	return model.friends.find((friend) => friend.username === username) ?? null;
}

export function isBlocked(model: Model, username: string): boolean {
	return model.blocks.some((block) => block.username === username);
}

/** The presence of the peer of a one-to-one conversation, where that is a friend. */
export function presenceOf(model: Model, key: ConversationKey): Presence | null {
	return isGroup(key) ? null : (findFriend(model, nameOf(key))?.presence ?? null);
}

/** Newest first; conversations without a word come last, by title. */
export function sortedConversations(model: Model): Conversation[] {
	return [...model.conversations.values()].sort((a, b) => lastAt(b) - lastAt(a) || a.title.localeCompare(b.title));
}

function lastAt(conversation: Conversation): number {
	return Math.max(conversation.messages.at(-1)?.at ?? 0, conversation.pending.at(-1)?.at ?? 0);
}

export function unreadTotal(model: Model): number {
	return [...model.conversations.values()].reduce((total, { unread }) => total + unread, 0);
}
