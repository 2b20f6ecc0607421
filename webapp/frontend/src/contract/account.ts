/** The answers of the API about one's own account, read from `unknown`. Times are milliseconds since the epoch, UTC. */

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
import { type Provider, parseProvider } from "./door";

export const ACCOUNT_ROLES = ["user", "moderator", "admin"] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];
export const ACCOUNT_KINDS = ["person", "bot", "device"] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** Oneself, as the settings show it. */
export interface Profile {
	readonly username: string;
	readonly displayName: string;
	readonly language: string;
	readonly about: string;
	/** A name of the IANA database, or "". */
	readonly timeZone: string;
	readonly hidden: boolean;
	/** Whether others are told what one has read, and one is told what they have. */
	readonly readReceipts: boolean;
	/** Hours without a sound: minutes of the day in `timeZone`, both or neither. */
	readonly quietFrom: number | null;
	readonly quietTo: number | null;
	/** Whether notifications say what was said. */
	readonly pushWords: boolean;
	/** Changes with the picture; null: none. */
	readonly picture: string | null;
	readonly role: AccountRole;
}

export interface NewAccount {
	readonly awaitsConfirmation: boolean;
}

/** What a sign-in at a provider still waits for. */
export interface PendingSignIn {
	readonly needs: "code" | "name" | null;
	readonly username: string;
	readonly displayName: string;
}

export interface Passkey {
	readonly id: number;
	readonly label: string;
	readonly createdAt: number;
	readonly lastUsedAt: number | null;
}

export interface Identity {
	readonly id: number;
	readonly issuer: string;
	readonly email: string;
	readonly createdAt: number;
}

export interface Security {
	readonly hasPassword: boolean;
	readonly email: string | null;
	readonly secondFactor: boolean;
	readonly recoveryCodesLeft: number;
	readonly passkeys: readonly Passkey[];
	readonly identities: readonly Identity[];
	readonly provider: Provider | null;
}

/** A second factor that is not confirmed yet. `qr` is a data: URL of an image. */
export interface NewSecondFactor {
	readonly secret: string;
	readonly uri: string;
	readonly qr: string;
}

export interface LiveConnection {
	readonly clientId: string;
	readonly address: string;
	readonly connectedAt: number;
}

export interface Device {
	readonly id: number;
	readonly kind: "browser" | "token";
	readonly label: string;
	readonly address: string;
	readonly createdAt: number;
	readonly lastUsedAt: number | null;
	/** Whether it is the browser that asks. */
	readonly current: boolean;
	readonly connections: readonly LiveConnection[];
}

/** An MQTT session that the server keeps although nobody is connected with it. */
export interface StoredSession {
	readonly clientId: string;
	readonly lastSeen: number | null;
}

export interface Devices {
	readonly devices: readonly Device[];
	readonly sessions: readonly StoredSession[];
}

/** A bot or a device of one's own. `scope`: the conversations that it may write to, as it calls them; null: all. */
export interface Bot {
	readonly username: string;
	readonly displayName: string;
	readonly kind: AccountKind;
	readonly about: string;
	readonly picture: string | null;
	readonly scope: readonly string[] | null;
	readonly lastSeen: number | null;
}

/** Shown once. */
export interface Secrets {
	readonly token: string;
	readonly mqttPassword: string;
}

export function parseProfile(value: unknown): Profile {
	const fields = asObject(value, "me");
	return {
		username: readString(fields, "username"),
		displayName: readString(fields, "display_name"),
		language: readText(fields, "language"),
		about: readText(fields, "about"),
		timeZone: readText(fields, "time_zone"),
		hidden: fields.hidden === true,
		readReceipts: fields.read_receipts !== false,
		quietFrom: readOptionalInteger(fields, "quiet_from", null),
		quietTo: readOptionalInteger(fields, "quiet_to", null),
		pushWords: fields.push_words !== false,
		picture: readText(fields, "picture") || null,
		role: readWord(fields, "role", ACCOUNT_ROLES, "user"),
	};
}

export function parseNewAccount(value: unknown): NewAccount {
	return { awaitsConfirmation: asObject(value, "account").awaits_confirmation === true };
}

/** The kind alone: what a person's or a group's link shows is read where it is opened. */
export function parsePendingSignIn(value: unknown): PendingSignIn {
	const fields = asObject(value, "pending sign-in");
	const { needs } = fields;
	return {
		needs: needs === "code" || needs === "name" ? needs : null,
		username: readText(fields, "username"),
		displayName: readText(fields, "display_name"),
	};
}

export function parseSecurity(value: unknown): Security {
	const fields = asObject(value, "security");
	return {
		hasPassword: fields.has_password === true,
		email: readText(fields, "email") || null,
		secondFactor: fields.second_factor === true,
		recoveryCodesLeft: readOptionalInteger(fields, "recovery_codes_left", 0),
		passkeys: readList(fields, "passkeys", parsePasskey),
		identities: readList(fields, "identities", parseIdentity),
		provider: parseProvider(fields.provider),
	};
}

function parsePasskey(value: unknown): Passkey {
	return parseUsed(asObject(value, "passkey"));
}

function parseIdentity(value: unknown): Identity {
	const fields = asObject(value, "identity");
	return {
		id: readInteger(fields, "id"),
		issuer: readText(fields, "issuer"),
		email: readText(fields, "email"),
		createdAt: readInteger(fields, "created_at"),
	};
}

export function parseNewSecondFactor(value: unknown): NewSecondFactor {
	const fields = asObject(value, "second factor");
	return { secret: readString(fields, "secret"), uri: readString(fields, "uri"), qr: readText(fields, "qr") };
}

export function parseRecoveryCodes(value: unknown): readonly string[] {
	return readList(asObject(value, "recovery codes"), "recovery_codes", String);
}

export function parseDevices(value: unknown): Devices {
	const fields = asObject(value, "devices");
	return { devices: readList(fields, "devices", parseDevice), sessions: readList(fields, "sessions", parseSession) };
}

function parseDevice(value: unknown): Device {
	const fields = asObject(value, "device");
	return {
		...parseUsed(fields),
		kind: readWord(fields, "kind", ["browser", "token"], "token"),
		address: readText(fields, "address"),
		current: fields.current === true,
		connections: readList(fields, "connections", parseConnection),
	};
}

function parseUsed(fields: Fields): { id: number; label: string; createdAt: number; lastUsedAt: number | null } {
	return {
		id: readInteger(fields, "id"),
		label: readText(fields, "label"),
		createdAt: readInteger(fields, "created_at"),
		lastUsedAt: readOptionalInteger(fields, "last_used_at", null),
	};
}

function parseConnection(value: unknown): LiveConnection {
	const fields = asObject(value, "connection");
	return {
		clientId: readString(fields, "client_id"),
		address: readText(fields, "address"),
		connectedAt: readInteger(fields, "connected_at"),
	};
}

function parseSession(value: unknown): StoredSession {
	const fields = asObject(value, "session");
	return { clientId: readString(fields, "client_id"), lastSeen: readOptionalInteger(fields, "last_seen", null) };
}

export function parseBot(value: unknown): Bot {
	const fields = asObject(value, "bot");
	const username = readString(fields, "username");
	return {
		username,
		displayName: readText(fields, "display_name") || username,
		kind: readWord(fields, "kind", ACCOUNT_KINDS, "bot"),
		about: readText(fields, "about"),
		picture: readText(fields, "picture") || null,
		scope: Array.isArray(fields.scope) ? fields.scope.map(String) : null,
		lastSeen: readOptionalInteger(fields, "last_seen", null),
	};
}

export function parseSecrets(value: unknown): Secrets {
	const fields = asObject(value, "secrets");
	return { token: readString(fields, "token"), mqttPassword: readString(fields, "mqtt_password") };
}
