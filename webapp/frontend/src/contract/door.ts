/** The answers of the API that stand at the door, read from `unknown`. */

import { asObject, readString, readWord } from "./decode";

export const REGISTRATIONS = ["open", "invite", "closed"] as const;
export const EMAIL_RULES = ["off", "optional", "required"] as const;

/** What this server offers to somebody who is not signed in. */
export interface Site {
	readonly registration: (typeof REGISTRATIONS)[number];
	readonly email: (typeof EMAIL_RULES)[number];
	readonly provider: Provider | null;
	readonly passkeys: boolean;
	/** Whether a forgotten password can be reset by mail. */
	readonly reset: boolean;
}

export interface Provider {
	readonly label: string;
}

export const LINK_KINDS = ["signup", "person", "group"] as const;
/** What a code of an invitation or a personal link opens. */
export type LinkKind = (typeof LINK_KINDS)[number];

export function parseSite(value: unknown): Site {
	const fields = asObject(value, "site");
	return {
		registration: readWord(fields, "registration", REGISTRATIONS, "open"),
		email: readWord(fields, "email", EMAIL_RULES, "off"),
		provider: parseProvider(fields.provider),
		passkeys: fields.passkeys === true,
		reset: fields.reset === true,
	};
}

export function parseProvider(value: unknown): Provider | null {
	return value ? { label: readString(asObject(value, "provider"), "label") } : null;
}

export function parseLinkKind(value: unknown): LinkKind | null {
	const kind = readString(asObject(value, "link"), "kind");
	return LINK_KINDS.find((known) => known === kind) ?? null;
}
