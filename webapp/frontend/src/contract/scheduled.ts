/** Messages that wait for their time, as the API tells of them. */

import { asObject, readInteger, readObject, readOptionalInteger, readString, readText } from "./decode";
import { type Draft, REPEATS, type Repeat } from "./drafts";
import { type ConversationKey, parseConversationKey } from "./topics";

export interface Scheduled {
	readonly id: number;
	readonly key: ConversationKey;
	readonly draft: Draft;
	/** The next time; null: none, it was refused or has been sent for the last time. */
	readonly deliverAt: number | null;
	readonly repeat: Repeat | null;
	/** How often it was sent already. */
	readonly times: number;
	/** Why it was not sent the last time, by the exchange's code; "" where it was. */
	readonly refusal: string;
}

export function parseScheduled(value: unknown): Scheduled {
	const fields = asObject(value, "scheduled message");
	const draft = readObject(fields, "draft");
	readString(draft, "kind");
	return {
		id: readInteger(fields, "id"),
		key: parseConversationKey(readString(fields, "to")),
		draft: draft as unknown as Draft, // our own, as we wrote it
		deliverAt: readOptionalInteger(fields, "deliver_at", null),
		repeat: REPEATS.find((word) => word === fields.repeat) ?? null,
		times: readOptionalInteger(fields, "times", 0),
		refusal: readText(fields, "refusal"),
	};
}
