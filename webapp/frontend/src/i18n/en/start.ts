/**
 * What a page says before it loads anything more: at the door, in the list, in a conversation.
 *
 * Its shape is the shape of every such dictionary; what else is said is in ./later.
 */

import { access } from "./access";
import { account } from "./account";
import { comfort } from "./comfort";
import { composer } from "./composer";
import { contacts } from "./contacts";
import { craft } from "./craft";
import { dates } from "./dates";
import { groups } from "./groups";
import { messages } from "./messages";

export const start = {
	access,
	account,
	comfort,
	composer,
	contacts,
	craft,
	dates,
	groups,
	talk: messages,
	tagline: "Letters that find their way.",
	taglineMore: "People, bots and devices in the same conversations, on your own server.",
	signIn: "Sign in",
	signUp: "Create an account",
	username: "Username",
	password: "Password",
	showPassword: "Show password",
	hidePassword: "Hide password",
	noAccount: "New here?",
	signedOut: "You were signed out. Please sign in again.",
	starting: "One moment…",
	unreachable: "The server cannot be reached. Trying again…",
	reconnecting: "Reconnecting… what you write is sent as soon as we are back.",
	connecting: "Connecting…",
	tryNow: "Try now",
	chats: "Chats",
	people: "People",
	settings: "Settings",
	back: "Back",
	close: "Close",
	retry: "Try again",
	discard: "Discard",
	pickChat: "Choose a conversation, or find someone to write to.",
	noChats: "No conversations yet.",
	noChatsHint: "Find people, add them as friends, and write the first letter.",
	findPeople: "Find people",
	noMessages: "No messages yet. Say hello!",
	beginning: "This is the beginning.",
	loadOlder: "Load earlier messages",
	newest: "Newest messages",
	messages: "Messages",
	writeTo: (name: string) => `Write to ${name}`,
	send: "Send",
	tooLarge: "This text is too long to be one message. Please split it.",
	failed: "Not sent",
	you: "You",
	unread: (count: number) => `${count} unread`,
	typing: (names: string) => `${names} is typing…`,
	typingMany: (names: string) => `${names} are typing…`,
	members: (count: number) => (count === 1 ? "1 member" : `${count} members`),
	details: "Details",
	presence: { online: "online", away: "away", busy: "busy", offline: "offline" },
	lastSeen: (when: string) => `last seen ${when}`,
	isBlocked: (name: string) => `You have blocked ${name}.`,
	notFriends: (name: string) => `You and ${name} are not friends, so you cannot write to each other.`,
	language: "Language",
	created: (when: string) => `created ${when}`,
	toasts: {
		friend_request: (who: string) => `${who} wants to be your friend`,
		friend_accepted: (who: string) => `You and ${who} are friends now`,
		group_added: (who: string) => `You were added to “${who}”`,
		group_removed: (who: string) => `You are no longer in “${who}”`,
	},
	unreachableNow: "No answer from the server. Check the connection and try again.",
	/** By code of the API and of the exchange; a code that is not here shows the server's own words. */
	errors: {
		bad_credentials: "Wrong username or password. Please check both.",
		not_signed_in: "You are not signed in. Please sign in again.",
		blocked: "They do not accept messages or requests from you.",
		you_blocked: "You have blocked them. Unblock them first.",
		not_friends: "You are not friends, so you cannot write to each other. Send a friend request first.",
		not_member: "You are not a member of this group. Ask its owner to add you.",
		rate_limited: "That was too fast. Please wait a moment and try again.",
		internal: "The server made a mistake. Please try again; if it stays, tell the person who runs it.",
	},
	sending: "Sending…",
	sent: "Sent",
	read: "Read",
};
