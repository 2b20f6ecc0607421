/** A message in one line: in lists, in quotes, in what is read aloud. */

import type { Message } from "../contract/envelope";
import type { Content } from "../contract/kinds";
import { messageText, oneLine } from "../model/summary";
import type { Texts } from "./index";

const MOST_CHARS = 400; // of which a line is made

type Said = Pick<Message, "body" | "content"> & Partial<Pick<Message, "data" | "kind">>;

/** Its kind where that is more than words, then its words. */
export function describeMessage(t: Texts, { body, content, data = null, kind = "" }: Said): string {
	if (content.kind === "unknown" && !body) return nameUnknown(t, kind);
	const words = oneLine(messageText({ body: body.slice(0, MOST_CHARS), data }), marked(content));
	return [nameKind(t, content), words].filter(Boolean).join(" ");
}

/** What shows no more than its kind: one of tomorrow, or one of ours on its way. */
export function nameUnknown({ talk }: Texts, kind: string): string {
	if (kind === "forward") return talk.kinds.forward(1);
	const names: Readonly<Record<string, unknown>> = talk.kinds;
	const name = Object.hasOwn(names, kind) ? names[kind] : null;
	return typeof name === "string" ? name : talk.kinds.unknown;
}

function marked(content: Content): boolean {
	return content.kind === "text" && content.format === "markdown";
}

function nameKind(t: Texts, content: Content): string {
	const { kinds } = t.talk;
	switch (content.kind) {
		case "text":
		case "event":
		case "data":
			return "";
		case "image":
			return content.files.length > 1 ? kinds.images(content.files.length) : kinds.image;
		case "file":
			return [kinds.file, content.files[0]?.name].filter(Boolean).join(" ");
		case "sticker":
			return [kinds.sticker, content.emoji].filter(Boolean).join(" ");
		case "location":
			return [kinds.location, content.name].filter(Boolean).join(" ");
		case "contact":
			return `${kinds.contact} ${content.displayName}`;
		case "forward":
			return kinds.forward(content.items.length);
		case "voice":
		case "video":
		case "poll":
		case "gone":
			return kinds[content.kind];
		default:
			return "";
	}
}
