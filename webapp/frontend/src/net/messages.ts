/** The part of the JSON API about messages that were said. */

import type { ListMark } from "../contract/api";
import { asObject, readList, readOptionalInteger } from "../contract/decode";
import type { Message } from "../contract/envelope";
import { parseMessage } from "../contract/envelope";
import {
	type HistoryPage,
	type OneMessage,
	type Pinned,
	type Place,
	type Preview,
	parseHistoryPage,
	parseOneMessage,
	parsePinned,
	parsePreview,
	parseReaders,
	parseVersion,
	type Readers,
	type Version,
} from "../contract/history";
import { type Card, parseCard } from "../contract/signals";
import type { ConversationKey } from "../contract/topics";
import type { Call } from "./api";

export const MEDIA_KINDS = ["image", "video", "voice", "file"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

export interface MediaPage {
	readonly messages: readonly Message[];
	/** The seq to go on before; null at the end. */
	readonly next: number | null;
}

export class MessagesApi {
	constructor(private readonly call: Call) {}

	/** At most 200 messages. */
	async page(key: ConversationKey, place: Place, limit: number): Promise<HistoryPage> {
		return parseHistoryPage(await this.call("GET", `${at(key)}/messages?${query({ limit, ...place })}`));
	}

	/** The message below which a thread stands is among the `origins`. */
	async thread(key: ConversationKey, root: number, place: Place, limit: number): Promise<HistoryPage> {
		return parseHistoryPage(await this.call("GET", `${at(key)}/threads/${root}?${query({ limit, ...place })}`));
	}

	async message(key: ConversationKey, seq: number): Promise<OneMessage> {
		return parseOneMessage(await this.call("GET", `${at(key)}/messages/${seq}`));
	}

	async readers(key: ConversationKey, seq: number, after: string | null): Promise<Readers> {
		const tail = after === null ? "" : `?${query({ after })}`;
		return parseReaders(await this.call("GET", `${at(key)}/messages/${seq}/readers${tail}`));
	}

	/** Only for its author. */
	async versions(key: ConversationKey, seq: number): Promise<readonly Version[]> {
		const answer = await this.call("GET", `${at(key)}/messages/${seq}/versions`);
		return readList(asObject(answer), "versions", parseVersion);
	}

	async pins(key: ConversationKey): Promise<readonly Pinned[]> {
		return readList(asObject(await this.call("GET", `${at(key)}/pins`)), "pins", parsePinned);
	}

	async cards(key: ConversationKey): Promise<readonly Card[]> {
		return readList(asObject(await this.call("GET", `${at(key)}/cards`)), "cards", parseCard);
	}

	/** Newest first. */
	async media(key: ConversationKey, kind: MediaKind, before: number | null): Promise<MediaPage> {
		const wanted = query({ kind, limit: 60, ...(before !== null && { before }) });
		const fields = asObject(await this.call("GET", `${at(key)}/media?${wanted}`));
		return {
			messages: readList(fields, "messages", parseMessage),
			next: readOptionalInteger(fields, "next", null),
		};
	}

	/** Delete for ourselves, on all our devices. */
	async hide(key: ConversationKey, seqs: readonly number[]): Promise<void> {
		await this.call("POST", `${at(key)}/hidden`, { seqs });
	}

	/** How it stands in our list, on all our devices. */
	async mark(key: ConversationKey, mark: ListMark, on: boolean): Promise<void> {
		await this.call(on ? "PUT" : "DELETE", `${at(key)}/marks/${mark}`);
	}

	/** What a page shows of a link; null where it cannot be shown. */
	async preview(url: string): Promise<Preview | null> {
		return parsePreview(await this.call("GET", `/previews?${query({ url })}`));
	}
}

export function fileUrl(id: string): string {
	return `/api/v1/files/${id}`;
}

export function thumbUrl(id: string): string {
	return `${fileUrl(id)}/thumb`;
}

export function downloadUrl(id: string): string {
	return `${fileUrl(id)}?download=1`;
}

export function previewPictureUrl(url: string): string {
	return `/api/v1/previews/picture?${query({ url })}`;
}

function at(key: ConversationKey): string {
	return `/conversations/${key}`;
}

function query(fields: Readonly<Record<string, string | number>>): string {
	return new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();
}
