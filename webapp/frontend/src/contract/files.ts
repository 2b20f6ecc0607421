/** What of one's files the server tells; a file itself is in kinds.ts. */

import { asObject, readInteger, readOptionalInteger } from "./decode";

/** What of the quota is used, in bytes. `quota` is null where there is none. */
export interface Storage {
	readonly used: number;
	readonly quota: number | null;
}

export function parseStorage(value: unknown): Storage {
	const fields = asObject(value, "storage");
	return { used: readInteger(fields, "used"), quota: readOptionalInteger(fields, "quota", null) };
}
