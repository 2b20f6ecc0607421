/** The topic grammar, as far as a full client needs it. Also: clientlib/hongyan/topics.py, tests/contract/topics.json */

import { Malformed } from "./decode";
import { isName } from "./names";

/** A conversation as the person who is signed in names it: `user/bob` or `group/lab`. */
export type ConversationKey = `user/${string}` | `group/${string}`;

export type Delivery =
	| { readonly branch: "inbox" | "sent"; readonly account: string; readonly conversation: ConversationKey }
	| { readonly branch: "live"; readonly account: string; readonly tail: string }
	| { readonly branch: "notice"; readonly account: string };

export function parseConversationKey(text: string): ConversationKey {
	const [kind, name, ...rest] = text.split("/");
	if ((kind !== "user" && kind !== "group") || name === undefined || rest.length > 0 || !isName(name))
		throw new Malformed(`not a conversation: ${text}`);
	return `${kind}/${name}`;
}

export function isGroup(key: ConversationKey): boolean {
	return key.startsWith("group/");
}

/** The peer of a one-to-one conversation, or the name of the group. */
export function nameOf(key: ConversationKey): string {
	return key.slice(key.indexOf("/") + 1);
}

/** Take a topic apart that was delivered to us. Throws `Malformed` for any other. */
export function parseDelivery(topic: string): Delivery {
	const [root, account, branch, ...tail] = topic.split("/");
	const rest = tail.join("/");
	if (root === "im" && account !== undefined && isName(account)) {
		if (branch === "inbox" || branch === "sent") return { branch, account, conversation: parseConversationKey(rest) };
		if (branch === "notice" && tail.length === 0) return { branch, account };
		if (branch === "live" && tail.length > 0 && tail.every((level) => level !== "" && !/[+#\0]/.test(level)))
			return { branch, account, tail: rest };
	}
	throw new Malformed(`not a topic to receive from: ${topic}`);
}

export function sendTopic(account: string, key: ConversationKey): string {
	return `im/${account}/send/${key}`;
}

export function readTopic(account: string, key: ConversationKey): string {
	return `im/${account}/read/${key}`;
}

export function signalTopic(account: string, key: ConversationKey): string {
	return `im/${account}/signal/${key}`;
}

export function statusTopic(account: string, device: string): string {
	return `im/${account}/status/${device}`;
}

/** The filters that a full client subscribes. */
export function ownFilters(account: string): string[] {
	return ["inbox/#", "sent/#", "live/#", "notice"].map((tail) => `im/${account}/${tail}`);
}
