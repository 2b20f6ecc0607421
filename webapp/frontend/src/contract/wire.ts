/**
 * Back to the wire: what is kept in the browser stands there as the server sent it, and is read by the parsers that read
 * the server. Also: every parser whose field is named here.
 */

import type { Head } from "./api";
import type { FriendRequest, FriendRequests } from "./contacts";
import type { Fields } from "./decode";
import type { Message } from "./envelope";
import type { GroupDetail, GroupEvent } from "./groups";
import type { Pinned } from "./history";
import type { Content } from "./kinds";

/** Names of fields become the wire's, at every depth: `lastSeq` is `last_seq`. */
export function toWire(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(toWire);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snake(name), toWire(inner)]));
}

function snake(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function messageToWire({ event, content, data, ...plain }: Message): Fields {
	const what = event ? eventToWire(event) : contentToWire(content);
	return { ...what, ...(toWire(plain) as Fields), ...(data && { data }) };
}

/** Without its `kind`, which is the message's. */
function contentToWire(content: Content): Fields {
	const { kind, ...rest } = content;
	if (content.kind === "event") return eventToWire(content.event);
	if (content.kind === "data") return { data: content.data }; // its names are not ours
	if (content.kind === "forward") return { items: content.items.map(itemToWire) };
	const fields = toWire(rest) as Fields;
	return kind === "voice" || kind === "video" ? { ...fields, files: [fields.file] } : fields;
}

function itemToWire({ content, ...rest }: { readonly content: Content }): Fields {
	return { ...contentToWire(content), ...rest, kind: content.kind };
}

function eventToWire({ name, ...rest }: GroupEvent): Fields {
	return { ...rest, event: name };
}

export function headToWire({ lastMessage, ...rest }: Head): Fields {
	return { ...(toWire(rest) as Fields), last_message: lastMessage && messageToWire(lastMessage) };
}

export function pinToWire({ message, by, at }: Pinned): Fields {
	return { message: messageToWire(message), by, at };
}

export function requestsToWire({ incoming, outgoing }: FriendRequests): Fields {
	const common = (request: FriendRequest) => toWire(request) as Fields;
	return {
		incoming: incoming.map((request) => ({ ...common(request), from: request.who, to: request.bot })),
		outgoing: outgoing.map((request) => ({ ...common(request), to: request.who })),
	};
}

export function groupDetailToWire(detail: GroupDetail): Fields {
	return { ...(toWire(detail) as Fields), my_nickname: detail.nickname, my_muted_until: detail.ownMutedUntil };
}
