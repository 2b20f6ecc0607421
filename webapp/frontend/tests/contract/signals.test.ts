import { expect, test } from "vitest";
import { parseCard, parseSignal, withPiece } from "../../src/contract/signals";

test.each([
	[{ type: "typing", from: "bob" }],
	[{ type: "recording", from: "bob" }],
	[{ type: "stream", from: "thermo", id: "m1", offset: 0, text: "hi" }],
	[{ type: "command", from: "bob", for: "thermo", card: "heater", command: "on" }],
] as const)("a signal: $type", (signal) => {
	expect(parseSignal({ ...signal, to: "group/lab", at: 1 })).toEqual(signal);
});

test("a signal of tomorrow is none", () => {
	expect(parseSignal({ type: "waving", from: "bob" })).toBeNull();
});

test.each([
	["without a sender", { type: "typing" }],
	["a stream without an offset", { type: "stream", from: "thermo", id: "m1", text: "hi" }],
	["a command for nobody", { type: "command", from: "bob", card: "heater", command: "on" }],
])("a signal is refused: %s", (_, wire) => {
	expect(() => parseSignal(wire)).toThrow();
});

test.each([
	["goes on at the end", "雁🪿", 2, "!", "雁🪿!"],
	["comes twice", "雁🪿", 0, "雁🪿", "雁🪿"],
	["takes something back", "abc", 1, "x", "ax"],
	["leaves a hole", "abc", 4, "x", "abc"],
])("a piece of a streamed message %s", (_, sofar, offset, text, whole) => {
	expect(withPiece(sofar, { type: "stream", from: "thermo", id: "m1", offset, text })).toBe(whole);
});

test("a card, and one with the least that there is", () => {
	const wire = { kind: "card", id: "m1", name: "heater", data: { t: 21.5 }, from: "thermo", to: "group/lab", at: 7 };
	const bare = { name: "heater", title: "heater", body: "", data: { t: 21.5 }, buttons: [], from: "thermo", at: 7 };
	expect(parseCard(wire)).toEqual(bare);
	const buttons = [{ label: "On", command: "on" }];
	expect(parseCard({ ...wire, title: "Heater", buttons })).toEqual({ ...bare, title: "Heater", buttons });
	expect(() => parseCard({ ...wire, data: 3 })).toThrow();
});
