import emoji from "virtual:emoji";
import { expect, test } from "vitest";
import { MAX_RECENT, searchEmoji, withRecent } from "../../src/model/emoji";

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
