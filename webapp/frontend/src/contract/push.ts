/** What the server says about notifications: `/push`, and the words of a push message. Also: hongyan_core/push/words.py */

import { asObject, type Fields, readInteger, readList, readOptionalInteger, readString, readText } from "./decode";
import { type ConversationKey, parseConversationKey } from "./topics";

export interface ToldBrowser {
	readonly id: number;
	readonly label: string;
	readonly createdAt: number;
	/** This browser. */
	readonly current: boolean;
}

export interface Push {
	/** Null: the server sends none. */
	readonly publicKey: string | null;
	readonly browsers: readonly ToldBrowser[];
}

export function parsePush(value: unknown): Push {
	const fields = asObject(value, "push");
	return {
		publicKey: readText(fields, "public_key") || null,
		browsers: readList(fields, "subscriptions", parseBrowser),
	};
}

function parseBrowser(value: unknown): ToldBrowser {
	const fields = asObject(value, "subscription");
	return {
		id: readInteger(fields, "id"),
		label: readText(fields, "label"),
		createdAt: readInteger(fields, "created_at"),
		current: fields.current === true,
	};
}

export type PushLanguage = "zh" | "en";

interface Told {
	readonly language: PushLanguage;
	readonly at: number;
}

/** `kind` is "" where the person wants no words. */
export interface ToldMessage extends Told {
	readonly type: "message";
	readonly key: ConversationKey;
	readonly seq: number;
	readonly fromTitle: string;
	readonly title: string;
	readonly kind: string;
	readonly body: string;
	/** Whether marks in `body` are Markdown's. */
	readonly marked: boolean;
	readonly mention: boolean;
	readonly unread: number;
}

export type ToldSomething =
	| ToldMessage
	| (Told & {
			readonly type: "group_added";
			readonly key: ConversationKey;
			readonly fromTitle: string;
			readonly title: string;
			readonly unread: number;
	  })
	| (Told & { readonly type: "friend_request"; readonly who: string; readonly title: string })
	| (Told & { readonly type: "test" });

/** Null for what a server of tomorrow may say. */
export function parseTold(value: unknown): ToldSomething | null {
	const fields = asObject(value, "push message");
	const language: PushLanguage = fields.language === "zh" ? "zh" : "en";
	const told = { language, at: readOptionalInteger(fields, "at", 0) };
	switch (fields.type) {
		case "message":
			return { ...told, ...parseToldMessage(fields) };
		case "group_added":
			return { ...told, type: "group_added", ...parsePlace(fields) };
		case "friend_request":
			return { ...told, type: "friend_request", who: readString(fields, "who"), title: readText(fields, "title") };
		case "test":
			return { ...told, type: "test" };
		default:
			return null;
	}
}

function parseToldMessage(fields: Fields): Omit<ToldMessage, keyof Told> {
	return {
		type: "message",
		...parsePlace(fields),
		seq: readInteger(fields, "seq"),
		kind: readText(fields, "kind"),
		body: readText(fields, "body"),
		marked: fields.format === "markdown",
		mention: fields.mention === true,
	};
}

function parsePlace(fields: Fields) {
	return {
		key: parseConversationKey(readString(fields, "key")),
		fromTitle: readText(fields, "from_title"),
		title: readText(fields, "title"),
		unread: readOptionalInteger(fields, "unread", 0),
	};
}
