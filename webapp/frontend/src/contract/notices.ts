/** What arrives on `im/{me}/notice` and `im/{me}/live/...`: hints that are not stored. */

import { type Presence, parsePresence } from "./contacts";
import { asObject, readInteger, readString, readText } from "./decode";
import { type ConversationKey, parseConversationKey } from "./topics";

/** The exchange refused a message. `id` is ours where it could be read. */
export interface Rejected {
	readonly type: "rejected";
	readonly id: string | null;
	readonly code: string;
	readonly message: string;
}

/** Something between people changed: ask the API. `who` is the account or group it is about. */
export interface Changed {
	readonly type: "changed";
	readonly what: string;
	readonly who: string;
	/** Who did it, where that is told. */
	readonly by: string;
	readonly title: string;
	readonly text: string;
}

export function parseNotice(value: unknown): Rejected | Changed {
	const fields = asObject(value, "notice");
	const what = readString(fields, "type");
	if (what === "rejected")
		return {
			type: "rejected",
			id: readText(fields, "id") || null,
			code: readString(fields, "code"),
			message: readText(fields, "message"),
		};
	const who = readText(fields, "group") || readText(fields, "from") || readText(fields, "who");
	const title = readText(fields, "title") || readText(fields, "display_name") || who;
	return { type: "changed", what, who, by: readText(fields, "by"), title, text: readText(fields, "text") };
}

export type Live =
	| { readonly type: "presence"; readonly from: string; readonly presence: Presence }
	| { readonly type: "read"; readonly key: ConversationKey; readonly from: string; readonly seq: number }
	| { readonly type: "typing"; readonly key: ConversationKey; readonly from: string };

/** Parse a live payload by the tail of its topic; null for a signal that we do not know. */
export function parseLive(tail: string, value: unknown): Live | null {
	const fields = asObject(value, "live");
	const from = readString(fields, "from");
	const [kind, ...rest] = tail.split("/");
	if (kind === "presence") return { type: "presence", from, presence: parsePresence(fields) };
	if (kind === "read") {
		return { type: "read", key: parseConversationKey(rest.join("/")), from, seq: readInteger(fields, "seq") };
	}
	if (kind === "signal" && fields.type === "typing")
		return { type: "typing", key: parseConversationKey(rest.join("/")), from };
	return null;
}
