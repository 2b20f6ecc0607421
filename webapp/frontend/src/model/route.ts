/** The page that the address shows, kept behind `#` so that the server serves one file. */

import { type ConversationKey, parseConversationKey } from "../contract/topics";

export const SETTINGS = ["profile", "security", "devices", "bots", "privacy", "blocked", "data"] as const;
export type SettingsSection = (typeof SETTINGS)[number];
export const OFFICE = ["accounts", "reports", "invitations", "audit", "broadcast"] as const;
export type OfficeSection = (typeof OFFICE)[number];

export const GROUP_SECTIONS = ["", "announcement", "settings", "add", "requests", "links", "bans"] as const;
export type GroupSection = (typeof GROUP_SECTIONS)[number];

export type Route =
	| { readonly page: "chats" }
	/** `section` is a part of the details of a group; "" is their beginning. */
	| { readonly page: "chat"; readonly key: ConversationKey; readonly details: boolean; readonly section: GroupSection }
	| { readonly page: "people" }
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
	return (Object.hasOwn(PAGES, page) ? PAGES[page]?.(rest) : null) ?? { page: "chats" };
}

function parseChat(key: string, [extra, part]: readonly string[]): Route | null {
	const section = GROUP_SECTIONS.find((known) => known === part) ?? "";
	try {
		return { page: "chat", key: parseConversationKey(key), details: extra === "details", section };
	} catch {
		return null;
	}
}

export function chatHash(key: ConversationKey, details = false): string {
	return `#/chat/${key}${details ? "/details" : ""}`;
}

export function sectionHash(group: string, section: GroupSection): string {
	return `${chatHash(`group/${group}`, true)}${section && `/${section}`}`;
}
