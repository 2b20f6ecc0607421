import { expect, test } from "vitest";
import { en } from "../../src/i18n/en";
import { zh } from "../../src/i18n/zh";
import { COMMANDS, findCommands, slashAt } from "../../src/model/slash";

test.each([
	["/", ""],
	["/po", "po"],
	["/PO", "po"],
	["/投", "投"],
	["/poll now", null],
	["say /poll", null],
	["//", null],
	["/usr/bin", null],
	["", null],
])("the command that is being written in %j", (text, query) => {
	expect(slashAt(text, text.length)).toBe(query);
});

test("with the caret inside there is none", () => {
	expect(slashAt("/poll", 3)).toBeNull();
});

test.each([
	["po", ["poll"]],
	["投", ["poll"]],
	["s", ["sticker", "shrug", "scheduled", "search"]],
	["xyzzy", []],
])("what begins with %j", (query, names) => {
	expect(findCommands(query).map(({ name }) => name)).toEqual(names);
});

test("no two commands are typed alike, and each is explained in both languages", () => {
	const typed = COMMANDS.flatMap((command) => [...command.typed]);
	const twice = typed.filter((word, index) => typed.indexOf(word) !== index);
	expect(twice).toEqual([]);
	for (const { name } of COMMANDS)
		for (const texts of [en, zh]) expect(texts.craft.commands[name].length).toBeGreaterThan(1);
});
