/** Everything that the pages show, as one immutable value; the functions make the next one from it. */

import type { Head, Me } from "../contract/api";
import {
	type Block,
	type Face,
	type Friend,
	type FriendRequests,
	GONE,
	type Presence,
	type Profile,
} from "../contract/contacts";
import type { Message } from "../contract/envelope";
import type { Group, GroupDetail, Member } from "../contract/groups";
import { type ConversationKey, isGroup, nameOf } from "../contract/topics";
import { NO_WISHES, type Wishes } from "./arrange";
import type { ComposingMap } from "./composing";
import { type Conversation, emptyConversation, isMuted, withHead } from "./conversation";
import { hasGap, receive, startAtHead } from "./window";

/** `waiting`: the connection was lost and the next attempt comes by itself. */
export type LinkState = "connecting" | "online" | "waiting";

export interface Toast {
	readonly id: number;
	readonly what: string;
	readonly who: string;
	readonly text: string;
	/** The account or group to look at. */
	readonly about: string;
}

/** What is known of somebody's face: the lists that name people each tell a part of it. */
export type Known = Pick<Face, "username" | "displayName"> & Partial<Face>;

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
	/** Members that were seen, by group and account. */
	readonly members: ReadonlyMap<string, ReadonlyMap<string, Member>>;
	readonly profiles: ReadonlyMap<string, Profile>;
	readonly faces: ReadonlyMap<string, Known>;
	/** What we call our friends ourselves. */
	readonly remarks: ReadonlyMap<string, string>;
	readonly toasts: readonly Toast[];
	/** What we want of the list of conversations that the answers of the server do not know yet. */
	readonly wishes: Wishes;
	/** What composers are about. */
	readonly composing: ComposingMap;
}

/** What names are made of. */
export type NamesKnown = Pick<Model, "faces" | "remarks" | "members">;

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
		members: new Map(),
		profiles: new Map(),
		faces: new Map([[me.username, me]]),
		remarks: new Map(),
		toasts: [],
		wishes: NO_WISHES,
		composing: new Map(),
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
 *
 * `asked`: what was known when the heads were asked for; words that were written since are newer than what they say.
 */
export function withHeads(
	model: Model,
	heads: readonly Head[],
	open: ConversationKey | null,
	asked: Model["conversations"] = model.conversations,
): Model {
	const conversations = new Map<ConversationKey, Conversation>();
	const isWritten = ({ key, draft, draftUnsaved }: Conversation) =>
		draftUnsaved || draft !== (asked.get(key)?.draft ?? null);
	for (const head of heads) {
		const before = model.conversations.get(head.key);
		const told = withHead(before ?? emptyConversation(head.key), head);
		const after = before && isWritten(before) ? { ...told, draft: before.draft } : told;
		const keep = before !== undefined && (!hasGap(after) || head.key === open);
		conversations.set(head.key, keep ? after : startAtHead(after, head));
	}
	for (const [key, item] of model.conversations)
		if (!conversations.has(key) && (item.pending.length > 0 || (item.draft && isWritten(item))))
			conversations.set(key, item);
	return withFaces({ ...model, loaded: true, conversations }, heads.flatMap(peerOf));
}

function peerOf({ key, title, deleted }: Head): Known[] {
	return isGroup(key) ? [] : [{ username: nameOf(key), displayName: title, deleted }];
}

export function received(model: Model, key: ConversationKey, message: Message): Model {
	return change(model, key, (conversation) => receive(conversation, message, model.me.username));
}

export function withFriends(model: Model, friends: readonly Friend[]): Model {
	const noted = friends.filter(({ remark }) => remark);
	const remarks = new Map(noted.map(({ username, remark }) => [username, remark]));
	return withFaces({ ...model, friends, remarks }, friends);
}

export function withPresence(model: Model, username: string, presence: Presence): Model {
	const friends = model.friends.map((friend) => (friend.username === username ? { ...friend, presence } : friend));
	return { ...model, friends };
}

export function withRequests(model: Model, requests: FriendRequests): Model {
	const people = [...requests.incoming, ...requests.outgoing];
	return withFaces(
		{ ...model, requests },
		people.map(({ who, displayName, picture }) => ({ username: who, displayName, picture })),
	);
}

export function withGroupDetail(model: Model, detail: GroupDetail): Model {
	const details = new Map(model.details).set(detail.name, detail);
	return withMembers({ ...model, details }, detail.name, detail.members);
}

export function withMembers(model: Model, group: string, seen: readonly Member[]): Model {
	const members = new Map(model.members.get(group));
	for (const member of seen) members.set(member.username, member);
	return withFaces({ ...model, members: new Map(model.members).set(group, members) }, seen);
}

export function withProfile(model: Model, profile: Profile): Model {
	const profiles = new Map(model.profiles).set(profile.username, profile);
	return withFaces({ ...model, profiles }, [profile]);
}

export function withFaces(model: Model, people: readonly Known[]): Model {
	const faces = new Map(model.faces);
	for (const { username, displayName, picture, kind, deleted } of people) {
		const gone = (deleted || displayName === GONE) && { deleted: true };
		const told = { ...(picture !== undefined && { picture }), ...(kind && { kind }), ...gone };
		faces.set(username, { ...faces.get(username), username, displayName, ...told });
	}
	return { ...model, faces };
}

/** The name to show: our own for them, or theirs; the account's name where none is known. */
export function displayName(model: NamesKnown, username: string): string {
	return model.remarks.get(username) ?? model.faces.get(username)?.displayName ?? username;
}

/** The name in a group: what we call them, what they are called there, or their own. */
export function memberName(model: NamesKnown, group: string, username: string): string {
	const nickname = model.members.get(group)?.get(username)?.nickname;
	return model.remarks.get(username) ?? (nickname || displayName(model, username));
}

/** Whether we know that the account is deleted. */
export function isDeleted(model: NamesKnown, username: string): boolean {
	return model.faces.get(username)?.deleted === true;
}

/** The picture's version; null where there is none or none is known. */
export function pictureOf(model: Model, key: ConversationKey): string | null {
	const name = nameOf(key);
	if (!isGroup(key)) return model.faces.get(name)?.picture ?? null;
	return model.groups.find((group) => group.name === name)?.picture ?? null;
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
	return [...model.conversations.values()].sort((a, b) => lastAt(b) - lastAt(a) || byCode(a.title, b.title));
}

/** Not by a collator, which would load the tables of all scripts for a list that waits for it. */
function byCode(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}

function lastAt(conversation: Conversation): number {
	return Math.max(conversation.newest?.at ?? 0, conversation.pending.at(-1)?.at ?? 0);
}

/** What a person should hear of; muted conversations do not count. */
export function unreadTotal(model: Model, nowMs: number): number {
	const heard = [...model.conversations.values()].filter((conversation) => !isMuted(conversation, nowMs));
	return heard.reduce((total, { unread }) => total + unread, 0);
}
