/** How long something stays silent. */

const HOUR_MS = 3_600_000;

/** In the order in which they are offered; null: until it is taken back. */
export const SPANS = {
	hour: HOUR_MS,
	eightHours: 8 * HOUR_MS,
	day: 24 * HOUR_MS,
	week: 7 * 24 * HOUR_MS,
	forever: null,
} as const;
export type Span = keyof typeof SPANS;
export const SPAN_NAMES = Object.keys(SPANS) as readonly Span[];

/** The end of a span that begins now, as the API wants it. */
export function endOf(span: Span, nowMs: number): number | null {
	const lengthMs = SPANS[span];
	return lengthMs === null ? null : nowMs + lengthMs;
}

/** How long an invitation link may live, and how often it may be used. */
export const LINK_SPANS = { day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS } as const;
export type LinkSpan = keyof typeof LINK_SPANS;
export const LINK_USES = [1, 5, 25, 100] as const;
