/** The part of the JSON API about words that are not sent yet. */

import type { SavedDraft } from "../contract/api";
import type { ConversationKey } from "../contract/topics";
import type { Call } from "./api";

export class DraftsApi {
	constructor(private readonly call: Call) {}

	async save(key: ConversationKey, { body, reply }: SavedDraft): Promise<void> {
		await this.call("PUT", `/conversations/${key}/draft`, { body, ...(reply !== null && { reply }) });
	}

	async remove(key: ConversationKey): Promise<void> {
		await this.call("DELETE", `/conversations/${key}/draft`);
	}
}
