/** The answers of the API to administrators and moderators, read from `unknown`. Times are ms since the epoch, UTC. */

import { ACCOUNT_KINDS, ACCOUNT_ROLES, type AccountKind, type AccountRole } from "./account";
import {
	asObject,
	type Fields,
	readInteger,
	readList,
	readOptionalInteger,
	readString,
	readText,
	readWord,
} from "./decode";
import { type Message, parseMessage } from "./envelope";

/** A page of a long list. `next` is handed in to get the next page; null at the end. */
export interface Paged<T> {
	readonly items: readonly T[];
	readonly next: string | null;
}

export interface ListedAccount {
	readonly username: string;
	readonly displayName: string;
	readonly kind: AccountKind;
	readonly role: AccountRole;
	readonly email: string;
	readonly owner: string;
	readonly createdAt: number;
	readonly disabled: boolean;
	readonly deleted: boolean;
}

/** What was done. An empty `actor` is the command line of the server. */
export interface AuditEntry {
	readonly id: number;
	readonly at: number;
	readonly actor: string;
	readonly action: string;
	readonly target: string;
	readonly detail: string;
	readonly address: string;
}

export interface Report {
	readonly id: number;
	readonly reporter: string;
	/** Who or what it is about: `ann`, or `group/lab`. */
	readonly about: string;
	readonly text: string;
	/** The message that it is about, where it is about one. */
	readonly message: Message | null;
	readonly createdAt: number;
	readonly open: boolean;
	readonly decidedBy: string;
	readonly outcome: string;
}

export interface Invitation {
	readonly id: number;
	readonly url: string;
	readonly createdAt: number;
	readonly expiresAt: number | null;
	readonly maxUses: number | null;
	readonly uses: number;
}

export function parsePage<T>(value: unknown, list: string, parse: (item: unknown) => T): Paged<T> {
	const fields = asObject(value, list);
	const next = fields.next ?? null;
	return { items: readList(fields, list, parse), next: next === null ? null : String(next) };
}

export function parseListedAccount(value: unknown): ListedAccount {
	const fields = asObject(value, "account");
	const username = readString(fields, "username");
	return {
		username,
		displayName: readText(fields, "display_name") || username,
		kind: readWord(fields, "kind", ACCOUNT_KINDS, "person"),
		role: readWord(fields, "role", ACCOUNT_ROLES, "user"),
		email: readText(fields, "email"),
		owner: readText(fields, "owner"),
		createdAt: readInteger(fields, "created_at"),
		disabled: readOptionalInteger(fields, "disabled_at", null) !== null,
		deleted: readOptionalInteger(fields, "deleted_at", null) !== null,
	};
}

export function parseAuditEntry(value: unknown): AuditEntry {
	const fields = asObject(value, "audit entry");
	return {
		id: readInteger(fields, "id"),
		at: readInteger(fields, "at"),
		actor: readText(fields, "actor"),
		action: readString(fields, "action"),
		target: readText(fields, "target"),
		detail: readDetail(fields),
		address: readText(fields, "address"),
	};
}

/** `{"role": "admin"}` reads `role: admin`. */
function readDetail(fields: Fields): string {
	const { detail } = fields;
	if (typeof detail !== "object" || detail === null) return readText(fields, "detail");
	return Object.entries(detail)
		.map(([name, value]) => `${name}: ${String(value)}`)
		.join(", ");
}

export function parseReport(value: unknown): Report {
	const fields = asObject(value, "report");
	const group = readText(fields, "group");
	return {
		id: readInteger(fields, "id"),
		reporter: readText(fields, "reporter"),
		about: group ? `group/${group}` : readText(fields, "username"),
		text: readText(fields, "text"),
		message: fields.message ? parseMessage(fields.message) : null,
		createdAt: readInteger(fields, "created_at"),
		open: readText(fields, "state") !== "closed",
		decidedBy: readText(fields, "decided_by"),
		outcome: readText(fields, "outcome"),
	};
}

export function parseInvitation(value: unknown): Invitation {
	const fields = asObject(value, "invitation");
	return {
		id: readInteger(fields, "id"),
		url: readString(fields, "url"),
		createdAt: readInteger(fields, "created_at"),
		expiresAt: readOptionalInteger(fields, "expires_at", null),
		maxUses: readOptionalInteger(fields, "max_uses", null),
		uses: readOptionalInteger(fields, "uses", 0),
	};
}
