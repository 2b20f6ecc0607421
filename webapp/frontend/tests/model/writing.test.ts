import { expect, test } from "vitest";
import { hasMarks, isLong, mentionsIn, replace, toggleFence, toggleMark } from "../../src/model/writing";

test("a mark comes around what is selected, and goes again", () => {
	const bold = toggleMark({ text: "say it now", start: 4, end: 6 }, "**");
	expect(bold).toEqual({ text: "say **it** now", start: 6, end: 8 });
	expect(toggleMark(bold, "**")).toEqual({ text: "say it now", start: 4, end: 6 });
});

test("with nothing selected the caret stands between the marks", () => {
	expect(toggleMark({ text: "ab", start: 1, end: 1 }, "`")).toEqual({ text: "a``b", start: 2, end: 2 });
});

test("words in the place of others leave the caret behind them", () => {
	expect(replace({ text: "hi @bo!", start: 3, end: 6 }, "@bob ")).toEqual({ text: "hi @bob !", start: 8, end: 8 });
});

test.each([
	["**bold**", true],
	["see `code`", true],
	["```\nx\n```", true],
	["~~no~~", true],
	["an _old_ friend", true],
	["> a quote", true],
	["1. first", true],
	["- a list", true],
	["[here](https://example.org)", true],
	["2 * 3 * 4", false],
	["snake_case_name", false],
	["a - b", false],
	["#hash", false],
	["你好", false],
])("whether %j has marks: %s", (text, marked) => {
	expect(hasMarks(text)).toBe(marked);
});

test("a text names those who are there, each once", () => {
	const known = (name: string) => ["bob", "eve", "all"].includes(name);
	expect(mentionsIn("@bob and @eve, @bob! @dave ann@bob @all", known)).toEqual(["bob", "eve", "all"]);
});

test("code stands between lines of its own, and what was selected stays selected", () => {
	expect(toggleFence({ text: "", start: 0, end: 0 })).toEqual({ text: "```\n\n```", start: 4, end: 4 });
	expect(toggleFence({ text: "see x = 1", start: 4, end: 9 })).toEqual({
		text: "see \n```\nx = 1\n```",
		start: 9,
		end: 14,
	});
});

test("a text is long by its characters, or by its lines", () => {
	expect(isLong("a".repeat(4_000))).toBe(false);
	expect(isLong("a".repeat(4_001))).toBe(true);
	expect(isLong("a\n".repeat(99))).toBe(false);
	expect(isLong("a\n".repeat(100))).toBe(true);
});
