/** The languages of the pages. */

import { ApiError, Unreachable } from "../net/api";
import { PasskeyDismissed } from "../platform/passkeys";
import { en } from "./en";
import { zh } from "./zh";

export type Texts = typeof en;
export type Language = "zh" | "en";
export const LANGUAGES: Readonly<Record<Language, string>> = { zh: "中文", en: "English" };

const DICTIONARIES: Readonly<Record<Language, Texts>> = { zh, en };

export function textsOf(language: Language): Texts {
	return DICTIONARIES[language];
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
