/**
 * Days and times in the reader's language (i18n/en/dates.ts, i18n/zh/dates.ts) and time zone.
 *
 * Written out there, as CLDR has them: the first formatter of `Intl` loads the tables of the whole world, and a list of
 * conversations would wait for it. `tests/i18n.test.ts` compares the two.
 */

import { twoDigits } from "../model/digits";
import type { StartTexts } from "./index";

const DAY_MS = 86_400_000;

type Said = Pick<StartTexts, "dates">;

/** The hour and the minute, of 24 hours in both languages. */
export function formatTime(at: number): string {
	const when = new Date(at);
	return `${twoDigits(when.getHours())}:${twoDigits(when.getMinutes())}`;
}

/** "today", "yesterday", "3 October" or, in another year, "3 October 2025". */
export function formatDay(said: Said, at: number, now: number): string {
	const daysAgo = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
	if (daysAgo === 0) return said.dates.today;
	if (daysAgo === 1) return said.dates.yesterday;
	return withOtherYear(said, said.dates.day(new Date(at)), at, now);
}

/** For lists: the time of today, the day otherwise. */
export function formatShort(said: Said, at: number, now: number): string {
	return startOfDay(at) === startOfDay(now) ? formatTime(at) : formatDay(said, at, now);
}

/** A time to come, for "until …": the time alone where that is today. */
export function formatUntil(said: Said, at: number, now: number): string {
	const time = formatTime(at);
	if (startOfDay(at) === startOfDay(now)) return time;
	return said.dates.withTime(withOtherYear(said, said.dates.short(new Date(at)), at, now), time);
}

export function formatFull({ dates }: Said, at: number): string {
	const when = new Date(at);
	const time = `${formatTime(at)}:${twoDigits(when.getSeconds())}`;
	return dates.full(dates.withYear(dates.day(when), when), when, time);
}

function withOtherYear({ dates }: Said, day: string, at: number, now: number): string {
	const when = new Date(at);
	return when.getFullYear() === new Date(now).getFullYear() ? day : dates.withYear(day, when);
}

function startOfDay(at: number): number {
	return new Date(at).setHours(0, 0, 0, 0);
}
