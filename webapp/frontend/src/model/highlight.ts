/** A text that was found, as a list shows it: what was looked for stands out. Pure. */

import type { Span } from "../contract/search";

export interface Piece {
	readonly text: string;
	readonly hit: boolean;
}

const BEFORE = 40; // characters of a long text before the first hit
const MOST = 240;

/** The pieces of a text; of a long one, the part about its first hit. Spans count characters, not UTF-16 units. */
export function piecesOf(text: string, highlights: readonly Span[]): readonly Piece[] {
	const chars = [...text];
	const spans = highlights.toSorted(([a], [b]) => a - b);
	const first = spans[0]?.[0] ?? 0;
	const start = chars.length <= MOST || first < BEFORE ? 0 : first - BEFORE;
	const end = Math.min(chars.length, start + MOST);
	const pieces: Piece[] = start > 0 ? [{ text: "…", hit: false }] : [];
	const add = (from: number, to: number, hit: boolean) => {
		if (to > from) pieces.push({ text: chars.slice(from, to).join(""), hit });
	};
	let at = start;
	for (const [from, to] of spans) {
		add(at, Math.min(from, end), false);
		add(Math.max(at, from), Math.min(to, end), true);
		at = Math.max(at, Math.min(to, end));
	}
	add(at, end, false);
	return end < chars.length ? [...pieces, { text: "…", hit: false }] : pieces;
}
