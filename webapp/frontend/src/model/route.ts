/** The page that the address shows, kept behind `#` so that the server serves one file. */

import { type ConversationKey, parseConversationKey } from "../contract/topics";

export type Route =
	| { readonly page: "chats" }
	| { readonly page: "chat"; readonly key: ConversationKey; readonly details: boolean }
	| { readonly page: "people" }
	| { readonly page: "settings" };

export function parseRoute(hash: string): Route {
	const [page, kind, name, extra] = hash.replace(/^#\/?/, "").split("/");
	if (page === "people" || page === "settings") return { page };
	if (page !== "chat") return { page: "chats" };
	try {
		return { page, key: parseConversationKey(`${kind}/${name}`), details: extra === "details" };
	} catch {
		return { page: "chats" };
	}
}

export function chatHash(key: ConversationKey, details = false): string {
	return `#/chat/${key}${details ? "/details" : ""}`;
}
