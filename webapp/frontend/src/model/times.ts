/** Times as the browser's inputs write them, in the reader's own time zone. Pure. */

import { twoDigits } from "./digits";

const YEAR_MS = 365 * 86_400_000;

/** For `<input type="datetime-local">`. */
export function toLocalInput(at: number): string {
	const date = new Date(at);
	const day = `${String(date.getFullYear()).padStart(4, "0")}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
	return `${day}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** Milliseconds since the epoch; null where nothing, or no time, is written. */
export function fromLocalInput(text: string): number | null {
	const at = new Date(text).getTime();
	return text === "" || Number.isNaN(at) ? null : at;
}

/** Whether something may be put off until then. */
export function canWaitUntil(at: number, nowMs: number): boolean {
	return at > nowMs && at <= nowMs + YEAR_MS;
}

/** The first moment of a day as `<input type="date">` writes it; of the day after with `end`. */
export function dayStart(text: string, end = false): number | null {
	const at = fromLocalInput(text && `${text}T00:00`);
	if (at === null || !end) return at;
	const next = new Date(at);
	next.setDate(next.getDate() + 1); // a day of summer time is not 24 hours long
	return next.getTime();
}

/** Minutes of the day, as `<input type="time">` writes them, and back. */
export function toClock(minutes: number): string {
	return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

export function fromClock(text: string): number | null {
	const found = /^(\d\d):(\d\d)/.exec(text);
	return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}
