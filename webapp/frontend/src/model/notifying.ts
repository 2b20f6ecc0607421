/** Whether somebody wants to be told, now: pure. */

import type { Message } from "../contract/envelope";
import { type Conversation, isMuted } from "./conversation";

/** Hours without a sound: minutes of the day in `timeZone`, both or neither. */
export interface Quiet {
	readonly quietFrom: number | null;
	readonly quietTo: number | null;
	readonly timeZone: string;
}

const NOT_NOW_MS = 30 * 86_400_000;

export function isQuiet({ quietFrom, quietTo, timeZone }: Quiet, nowMs: number): boolean {
	if (quietFrom === null || quietTo === null) return false;
	const minute = minuteOf(nowMs, timeZone || "UTC"); // as the server counts
	if (quietFrom <= quietTo) return quietFrom <= minute && minute < quietTo;
	return minute >= quietFrom || minute < quietTo;
}

function minuteOf(nowMs: number, timeZone: string): number {
	const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
	const text = format(nowMs, { ...options, timeZone }) ?? format(nowMs, { ...options, timeZone: "UTC" }) ?? "00:00";
	const [hours = 0, minutes = 0] = text.split(":").map(Number);
	return hours * 60 + minutes;
}

/** Null for a zone that this browser does not know. */
function format(nowMs: number, options: Intl.DateTimeFormatOptions): string | null {
	try {
		return new Intl.DateTimeFormat("en-GB", options).format(nowMs);
	} catch {
		return null;
	}
}

/** Whether a message is still to be told: neither read meanwhile, here or elsewhere, nor to be heard of at all. */
export function isWorthTelling(
	conversation: Conversation | undefined,
	{ seq }: Pick<Message, "seq">,
	quiet: Quiet | null,
	nowMs: number,
): boolean {
	if (!conversation || conversation.readSeq >= seq || isMuted(conversation, nowMs)) return false;
	return quiet === null || !isQuiet(quiet, nowMs);
}

/** Whether to offer notifications again, after a "not now" of that time; null: never said. */
export function mayOffer(notNowAt: string | null, nowMs: number): boolean {
	const at = Number(notNowAt ?? Number.NaN);
	return !(at <= nowMs && nowMs < at + NOT_NOW_MS);
}
