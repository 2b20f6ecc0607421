import { expect, test } from "vitest";
import { findPeople, mentionAt } from "../../src/model/naming";

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
