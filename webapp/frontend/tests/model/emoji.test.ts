import emoji from "virtual:emoji";
import { expect, test } from "vitest";
import { emojiAt, MAX_RECENT, searchEmoji, withRecent, withTone } from "../../src/model/emoji";

function found(typed: string): string[] {
	return searchEmoji(emoji, typed).map(([char]) => char);
}

test.each([
	["grinning face", "😀"],
	["thumbs", "👍"],
	["微笑", "😊"],
	["鹅", "🪿"],
	["goose", "🪿"],
	["🎉", "🎉"],
])("%s is found by its words in both languages", (typed, char) => {
	expect(found(typed)).toContain(char);
});

test("nothing typed is everything, and nonsense is nothing", () => {
	expect(found(" ").length).toBeGreaterThan(1_800);
	expect(found("xyzzy")).toEqual([]);
});

test("a word fits where one begins, not in the middle of another", () => {
	expect(found("rin")).not.toContain("😀");
});

test("the one that was just used comes first, and there are not more than fit", () => {
	expect(withRecent(["a", "b"], "b")).toEqual(["b", "a"]);
	expect(withRecent(Array.from({ length: MAX_RECENT }, String), "x")).toHaveLength(MAX_RECENT);
});

test("a whole name comes before a name that only begins so, and that before whatever else it is found by", () => {
	expect(found("dog")[0]).toBe("🐕");
	expect(found("dog face")[0]).toBe("🐶");
	expect(found("微笑")[0]).toBe("☺️");
});

test.each([
	["👍", "🏽", "👍🏽"],
	["☝️", "🏿", "☝🏿"],
	["🧑‍🚀", "🏻", "🧑🏻‍🚀"],
	["🎉", "🏽", "🎉"],
	["👍", "", "👍"],
	["👨‍👩‍👧", "🏽", "👨‍👩‍👧"],
])("%s with the tone %j is %s", (char, tone, toned) => {
	expect(withTone(char, tone)).toBe(toned);
});

test.each([
	[":sm", { start: 0, query: "sm" }],
	["hi :smi", { start: 3, query: "smi" }],
	["好 ：笑", { start: 2, query: "笑" }],
	[":s", null],
	["他说：微笑", null],
	["at 10:30", null],
	[":)", null],
	["http://a", null],
])("the emoji that is being written at the end of %j", (text, begun) => {
	expect(emojiAt(text, text.length)).toEqual(begun);
});
