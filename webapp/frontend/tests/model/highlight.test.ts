import { expect, test } from "vitest";
import type { Span } from "../../src/contract/search";
import { piecesOf } from "../../src/model/highlight";

function shown(text: string, ...highlights: Span[]): string {
	return piecesOf(text, highlights)
		.map((piece) => (piece.hit ? `[${piece.text}]` : piece.text))
		.join("");
}

test.each<[string, string, Span[], string]>([
	["one word", "say hello", [[4, 9]], "say [hello]"],
	[
		"two, in any order",
		"a b a",
		[
			[4, 5],
			[0, 1],
		],
		"[a] b [a]",
	],
	["characters beyond the first plane", "🎉🎉雁到", [[2, 3]], "🎉🎉[雁]到"],
	[
		"spans that overlap",
		"abcd",
		[
			[0, 2],
			[1, 3],
		],
		"[ab][c]d",
	],
	["a span beyond the end", "ab", [[1, 9]], "a[b]"],
	["nothing", "plain", [], "plain"],
])("%s stands out", (_name, text, highlights, expected) => {
	expect(shown(text, ...highlights)).toBe(expected);
});

test("of a long text the part about the first hit is shown", () => {
	const text = `${"x".repeat(500)}goose${"y".repeat(500)}`;
	expect(shown(text, [500, 505])).toBe(`…${"x".repeat(40)}[goose]${"y".repeat(195)}…`);
});
