/** The page that the address shows, kept behind `#` so that the server serves one file. */

import { type ConversationKey, parseConversationKey } from "../contract/topics";

export const SETTINGS = [
	"profile",
	"appearance",
	"notifications",
	"security",
	"devices",
	"bots",
	"privacy",
	"blocked",
	"data",
] as const;
export type SettingsSection = (typeof SETTINGS)[number];
export const OFFICE = ["accounts", "reports", "invitations", "audit", "broadcast"] as const;
export type OfficeSection = (typeof OFFICE)[number];

export const GROUP_SECTIONS = ["", "announcement", "settings", "add", "requests", "links", "bans"] as const;
export type GroupSection = (typeof GROUP_SECTIONS)[number];

/** What stands beside the messages; `at`: only the message `seq` is gone to. */
export const CHAT_PANELS = ["details", "thread", "media", "pins", "at"] as const;
export type ChatPanel = (typeof CHAT_PANELS)[number] | "";

export interface ChatRoute {
	readonly page: "chat";
	readonly key: ConversationKey;
	readonly panel: ChatPanel;
	/** The message of `thread` and `at`. */
	readonly seq: number | null;
	/** A part of the details of a group; "" is their beginning. */
	readonly section: GroupSection;
}

export type Route =
	| { readonly page: "chats" }
	/** An address that is none of ours. */
	| { readonly page: "lost" }
	| ChatRoute
	| { readonly page: "people" }
	/** What another program of the system handed to us. */
	| { readonly page: "share" }
	/** In one conversation, or in all of them. */
	| { readonly page: "search"; readonly key: ConversationKey | null }
	/** Without a section: the list of them. */
	| { readonly page: "settings"; readonly section: SettingsSection | null }
	| { readonly page: "admin"; readonly section: OfficeSection }
	/** An invitation to the server, the link of a person, or of a group. */
	| { readonly page: "join"; readonly code: string }
	/** A link out of a mail. */
	| { readonly page: "reset" | "confirm"; readonly token: string }
	/** Back from a provider: the sign-in waits for something, or failed. */
	| { readonly page: "sign-in"; readonly step: "code" | "name" | "failed" };

const PAGES: Readonly<Record<string, (rest: readonly string[]) => Route | null>> = {
	people: () => ({ page: "people" }),
	share: () => ({ page: "share" }),
	search: ([kind, name]) => ({ page: "search", key: kind && name ? parseKey(`${kind}/${name}`) : null }),
	settings: ([section]) => ({ page: "settings", section: SETTINGS.find((known) => known === section) ?? null }),
	admin: ([section]) => ({ page: "admin", section: OFFICE.find((known) => known === section) ?? "accounts" }),
	join: ([code]) => (code ? { page: "join", code } : null),
	reset: ([token]) => (token ? { page: "reset", token } : null),
	confirm: ([token]) => (token ? { page: "confirm", token } : null),
	"sign-in": ([step]) => (step === "code" || step === "name" || step === "failed" ? { page: "sign-in", step } : null),
	chat: ([kind, name, ...extra]) => parseChat(`${kind}/${name}`, extra),
};

export function parseRoute(hash: string): Route {
	const [page = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
	if (page === "") return { page: "chats" };
	return (Object.hasOwn(PAGES, page) ? PAGES[page]?.(rest) : null) ?? { page: "lost" };
}

function parseChat(key: string, [extra, part]: readonly string[]): Route | null {
	const panel = CHAT_PANELS.find((known) => known === extra) ?? "";
	const section = (panel === "details" && GROUP_SECTIONS.find((known) => known === part)) || "";
	const seq = panel === "thread" || panel === "at" ? parseSeq(part) : null;
	try {
		const known = (panel !== "thread" && panel !== "at") || seq !== null;
		return { page: "chat", key: parseConversationKey(key), panel: known ? panel : "", seq, section };
	} catch {
		return null;
	}
}

function parseSeq(text: string | undefined): number | null {
	return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

function parseKey(text: string): ConversationKey | null {
	try {
		return parseConversationKey(text);
	} catch {
		return null;
	}
}

export function searchHash(key: ConversationKey | null): string {
	return key === null ? "#/search" : `#/search/${key}`;
}

export function chatHash(key: ConversationKey, details = false): string {
	return `#/chat/${key}${details ? "/details" : ""}`;
}

/** Go to a message of a conversation. */
export function messageHash(key: ConversationKey, seq: number): string {
	return `${chatHash(key)}/at/${seq}`;
}

export function threadHash(key: ConversationKey, root: number): string {
	return `${chatHash(key)}/thread/${root}`;
}

export function panelHash(key: ConversationKey, panel: "media" | "pins"): string {
	return `${chatHash(key)}/${panel}`;
}

export function sectionHash(group: string, section: GroupSection): string {
	return `${chatHash(`group/${group}`, true)}${section && `/${section}`}`;
}
