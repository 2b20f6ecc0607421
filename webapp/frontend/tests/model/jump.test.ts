import { expect, test } from "vitest";
import { findPlaces, initials, type JumpSection, type Place } from "../../src/model/jump";

function place(section: JumpSection, title: string, ...also: string[]): Place {
	return { section, id: `${section} ${title}`, title, note: "", also };
}

const PLACES = [
	place("conversation", "小波", "bob"),
	place("conversation", "实验室", "lab"),
	place("conversation", "Anneliese Bauer", "anne"),
	place("friend", "Eve", "eve"),
	place("page", "Settings", "settings"),
	place("deed", "New group"),
	place("search", "Search messages"),
];

function titles(typed: string): string[] {
	return findPlaces(PLACES, typed)
		.filter(({ section }) => section !== "search")
		.map(({ title }) => title);
}

test("without a word everything is there, the conversations first and the search last", () => {
	expect(findPlaces(PLACES, "").map(({ title }) => title)).toEqual(PLACES.map(({ title }) => title));
});

test.each([
	["bob", ["小波"]], // the account's name
	["小", ["小波"]],
	["波", ["小波"]],
	["xb", ["小波"]], // the syllables' first letters
	["sys", ["实验室"]],
	["BAUER", ["Anneliese Bauer"]],
	["ab", ["实验室", "Anneliese Bauer"]], // in "lab", and as initials
	["ｂｏｂ", ["小波"]], // full width
	["group", ["New group"]],
	["e", ["Eve", "Anneliese Bauer", "Settings", "New group"]], // a beginning before a part, whatever the section
	["nobody", []],
] as const)("%s finds %j", (typed, found) => {
	expect(titles(typed)).toEqual(found);
});

test("the search is the last row, also where nothing else fits", () => {
	expect(findPlaces(PLACES, "dumplings").map(({ section }) => section)).toEqual(["search"]);
	expect(findPlaces(PLACES, "e").at(-1)?.section).toBe("search");
});

test("a section shows no more than one can look over", () => {
	const many = Array.from({ length: 40 }, (_, at) => place("conversation", `goose ${at}`));
	expect(findPlaces(many, "goose")).toEqual(many.slice(0, 8));
});

test.each([
	["安妮", "an"],
	["陈晓明", "cxm"],
	["赵四", "zs"],
	["鸿雁 Hongyan", "hyH"],
	["the lab 2", "tl2"],
	["王芳", "wf"],
])("%s begins with %s", (name, letters) => {
	expect(initials(name)).toBe(letters);
});
