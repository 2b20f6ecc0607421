import { expect, test } from "vitest";
import { findPeople, hasMarks, mentionAt, mentionsIn, replace, toggleMark } from "../../src/model/writing";

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

test.each([
	["@", { start: 0, query: "" }],
	["hi @bo", { start: 3, query: "bo" }],
	["你好，@小", { start: 3, query: "小" }],
	["mail ann@example", null],
	["@bob hi", null],
])("the name that is being written at the end of %j", (text, found) => {
	expect(mentionAt(text, text.length)).toEqual(found);
});

const PEOPLE = [
	{ username: "bob", title: "小波" },
	{ username: "jacob", title: "Jacob" },
	{ username: "eve", title: "Bobby" },
];

test.each([
	["bob", ["bob", "eve", "jacob"].filter((name) => name !== "jacob")],
	["ob", ["bob", "jacob", "eve"]],
	["小", ["bob"]],
	["x", []],
	["", ["bob", "jacob", "eve"]],
])("who is meant by @%s", (query, names) => {
	expect(findPeople(PEOPLE, query).map(({ username }) => username)).toEqual(names);
});

test("a text names those who are there, each once", () => {
	const known = (name: string) => ["bob", "eve", "all"].includes(name);
	expect(mentionsIn("@bob and @eve, @bob! @dave ann@bob @all", known)).toEqual(["bob", "eve", "all"]);
});
