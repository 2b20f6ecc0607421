/** Days and times in the reader's language and time zone. */

import type { Language } from "./index";

const LOCALES: Readonly<Record<Language, string>> = { zh: "zh-CN", en: "en-GB" };
const DAY_MS = 86_400_000;

export function formatTime(language: Language, at: number): string {
	return new Intl.DateTimeFormat(LOCALES[language], { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** "today", "yesterday", "3 October" or, in another year, "3 October 2025". */
export function formatDay(language: Language, at: number, now: number): string {
	const daysAgo = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
	if (daysAgo === 0 || daysAgo === 1)
		return new Intl.RelativeTimeFormat(LOCALES[language], { numeric: "auto" }).format(-daysAgo, "day");
	const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
	const year = sameYear ? {} : ({ year: "numeric" } as const);
	return new Intl.DateTimeFormat(LOCALES[language], { day: "numeric", month: "long", ...year }).format(at);
}

/** For lists: the time of today, the day otherwise. */
export function formatShort(language: Language, at: number, now: number): string {
	return startOfDay(at) === startOfDay(now) ? formatTime(language, at) : formatDay(language, at, now);
}

/** A time to come, for "until …": the time alone where that is today. */
export function formatUntil(language: Language, at: number, now: number): string {
	if (startOfDay(at) === startOfDay(now)) return formatTime(language, at);
	const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: "numeric" } as const);
	const parts = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", ...year } as const;
	return new Intl.DateTimeFormat(LOCALES[language], parts).format(at);
}

export function formatFull(language: Language, at: number): string {
	return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: "full", timeStyle: "medium" }).format(at);
}

function startOfDay(at: number): number {
	return new Date(at).setHours(0, 0, 0, 0);
}
