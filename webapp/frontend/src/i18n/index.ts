/** The languages of the pages. */

import { ApiError, Unreachable } from "../net/api";
import { PasskeyDismissed } from "../platform/passkey";
import type { later } from "./en/later";
import type { start } from "./en/start";
import { type Joined, joinTexts } from "./join";

export type StartTexts = typeof start;
export type LaterTexts = typeof later;
export type Texts = Joined<StartTexts, LaterTexts>;
export type Language = "zh" | "en";
export const LANGUAGES: Readonly<Record<Language, string>> = { zh: "中文", en: "English" };

interface Dictionary {
	readonly start: () => Promise<StartTexts>;
	readonly later: () => Promise<LaterTexts>;
}

/** A language is loaded when somebody reads it. */
const DICTIONARIES: Readonly<Record<Language, Dictionary>> = {
	zh: {
		start: async () => (await import("./zh/start")).start,
		later: async () => (await import("./zh/later")).later,
	},
	en: {
		start: async () => (await import("./en/start")).start,
		later: async () => (await import("./en/later")).later,
	},
};

/** What the first pages say: the words of a part that is loaded later are not among them. */
export function loadStart(language: Language): Promise<StartTexts> {
	return DICTIONARIES[language].start();
}

export async function loadTexts(language: Language): Promise<Texts> {
	const { start, later } = DICTIONARIES[language];
	return joinTexts(...(await Promise.all([start(), later()])));
}

/** The remembered language, or the first of the browser's that we speak; English otherwise. */
export function chooseLanguage(remembered: string | null, wanted: readonly string[]): Language {
	if (remembered === "zh" || remembered === "en") return remembered;
	const spoken = wanted.map((tag) => tag.slice(0, 2).toLowerCase());
	return spoken.find((tag): tag is Language => tag === "zh" || tag === "en") ?? "en";
}

/** What to tell a person about a code of the API or the exchange; the server's own words where we have none. */
export function explain(texts: Texts, code: string, message: string): string {
	const known: Readonly<Record<string, string>> = texts.errors;
	return (Object.hasOwn(known, code) ? known[code] : undefined) ?? (message || code);
}

/** What to tell a person about something that was thrown. */
export function describeError(texts: Texts, error: unknown): string {
	if (error instanceof ApiError && error.waitS !== null && error.status === 429) return sayWait(texts, error.waitS);
	// At the door the name may be wrong as well; where one is signed in, a field says that it is the password.
	if (error instanceof ApiError && error.code === "bad_credentials" && error.field !== null)
		return texts.account.wrongPassword;
	if (error instanceof ApiError) return explain(texts, error.code, error.message);
	if (error instanceof PasskeyDismissed)
		return error.message === "known" ? texts.account.passkeyKnown : texts.account.passkeyDismissed;
	return error instanceof Unreachable ? texts.unreachableNow : texts.errors.internal;
}

function sayWait({ account }: Texts, waitS: number): string {
	return account.tooFast(waitS < 90 ? account.seconds(waitS) : account.minutes(Math.ceil(waitS / 60)));
}
