import { expect, test } from "vitest";
import { parseCard } from "../../src/contract/signals";
import { withCard, withCards } from "../../src/model/cards";
import { expireStreams, type Stream, withoutStream, withPiece } from "../../src/model/streams";

function grow(...chunks: [number, string][]): readonly Stream[] {
	return chunks.reduce<readonly Stream[]>(
		(streams, [offset, text], index) =>
			withPiece(streams, { type: "stream", from: "bot", id: "a", offset, text }, 100 + index),
		[],
	);
}

test.each<[string, [number, string][], number, string]>([
	[
		"pieces join on",
		[
			[0, "hel"],
			[3, "lo"],
		],
		0,
		"hello",
	],
	[
		"what comes again overwrites",
		[
			[0, "hel"],
			[3, "lo"],
			[3, "lo, you"],
		],
		0,
		"hello, you",
	],
	[
		"a piece may take words back",
		[
			[0, "hello"],
			[2, "y"],
		],
		0,
		"hey",
	],
	[
		"offsets count characters, not units",
		[
			[0, "🪿🪿"],
			[2, "!"],
		],
		0,
		"🪿🪿!",
	],
	["whoever comes late sees the rest", [[40, "the rest"]], 40, "the rest"],
	[
		"after a hole it begins anew",
		[
			[0, "hel"],
			[9, "later"],
		],
		9,
		"later",
	],
	[
		"and before what is held too",
		[
			[9, "later"],
			[0, "all of it"],
		],
		0,
		"all of it",
	],
])("%s", (_rule, chunks, start, text) => {
	expect(grow(...chunks)).toMatchObject([{ start, text, at: 100, grownAt: 99 + chunks.length }]);
});

test("an answer that does not grow any longer goes, and so does one that was stamped", () => {
	const streams = grow([0, "a"], [1, "b"]);
	expect(expireStreams(streams, 100)).toBe(streams);
	expect(expireStreams(streams, 101)).toEqual([]);
	expect(withoutStream(streams, "bot", "b")).toBe(streams);
	expect(withoutStream(streams, "bot", "a")).toEqual([]);
});

test("an answer without an end is cut at the length of a message", () => {
	expect(grow([0, "x".repeat(70_000)])[0]?.text).toHaveLength(65_536);
});

function card(at: number, data: Record<string, unknown>, name = "heater") {
	return parseCard({ from: "thermo", name, data, at, buttons: [{ label: "On", command: "on" }] });
}

test("the newest card of a name holds, keeps its place, and goes when it is empty", () => {
	const both = withCard(withCard([], card(1, { t: 20 })), card(2, { h: 40 }, "air"));
	const newer = withCard(both, card(3, { t: 21 }));
	expect(newer.map(({ data }) => data)).toEqual([{ t: 21 }, { h: 40 }]);
	expect(withCard(newer, card(2, { t: 20 }))).toBe(newer);
	expect(withCard(newer, card(4, {})).map(({ name }) => name)).toEqual(["air"]);
	expect(withCards(newer, [card(1, { t: 20 })]).map(({ data }) => data)).toEqual([{ t: 21 }, { h: 40 }]);
});

test.each([
	["no data", { from: "thermo", name: "heater", at: 1 }],
	["no name", { from: "thermo", data: {}, at: 1 }],
	["a button without a command", { from: "thermo", name: "h", data: {}, at: 1, buttons: [{ label: "On" }] }],
])("a card is refused: %s", (_reason, wire) => {
	expect(() => parseCard(wire)).toThrow();
});
