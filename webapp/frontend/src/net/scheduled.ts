/** The part of the JSON API about messages that wait for their time. */

import { asObject, readList } from "../contract/decode";
import type { Draft, Repeat } from "../contract/drafts";
import { parseScheduled, type Scheduled } from "../contract/scheduled";
import type { ConversationKey } from "../contract/topics";
import type { Call } from "./api";

export interface ScheduledChange {
	readonly body?: string;
	readonly deliver_at?: number;
	/** null: once only. */
	readonly repeat?: Repeat | null;
}

export class ScheduledApi {
	constructor(private readonly call: Call) {}

	async list(): Promise<readonly Scheduled[]> {
		return readList(asObject(await this.call("GET", "/scheduled"), "scheduled"), "scheduled", parseScheduled);
	}

	async create(key: ConversationKey, draft: Draft, deliverAt: number, repeat: Repeat | null): Promise<void> {
		await this.call("POST", "/scheduled", { to: key, draft, deliver_at: deliverAt, ...(repeat && { repeat }) });
	}

	async change(id: number, change: ScheduledChange): Promise<void> {
		await this.call("PATCH", `/scheduled/${id}`, { ...change });
	}

	async remove(id: number): Promise<void> {
		await this.call("DELETE", `/scheduled/${id}`);
	}

	async sendNow(id: number): Promise<void> {
		await this.call("POST", `/scheduled/${id}/send`);
	}
}
