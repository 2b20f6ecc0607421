/** The part of the JSON API about what becomes of a conversation: how long it is kept, and its way out and in. */

import { type Import, parseImport, type Source } from "../contract/archive";
import { asObject, readList } from "../contract/decode";
import type { ConversationKey } from "../contract/topics";
import type { Call } from "./api";

/** null takes the setting back. */
export interface Keeping {
	readonly disappear_s?: number | null;
	readonly retention_days?: number | null;
}

export class ArchiveApi {
	constructor(private readonly call: Call) {}

	async keep(key: ConversationKey, keeping: Keeping): Promise<void> {
		await this.call("PATCH", `/conversations/${key}`, { ...keeping });
	}

	/** `file` is the id of an uploaded archive. */
	async begin(key: ConversationKey, file: string, source: Source): Promise<void> {
		await this.call("POST", `/conversations/${key}/imports`, { file, source });
	}

	async imports(): Promise<readonly Import[]> {
		return readList(asObject(await this.call("GET", "/imports"), "imports"), "imports", parseImport);
	}

	/** Stop it, or take it out of the list. */
	async remove(id: number): Promise<void> {
		await this.call("DELETE", `/imports/${id}`);
	}
}

export function exportAddress(key: ConversationKey, format: "json" | "html"): string {
	return `/api/v1/conversations/${key}/export?format=${format}`;
}
