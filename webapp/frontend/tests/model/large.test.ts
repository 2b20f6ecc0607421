import english from "emoji-picker-element-data/en/emojibase/data.json";
import { expect, test } from "vitest";
import { isOnlyEmoji } from "../../src/model/large";

test.each([
	["😀", true],
	["❤️ 🎉", true],
	["👨‍👩‍👧🇨🇳👍🏽", true],
	["1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ©️", true],
	["㊗️ 〰️ ™️", true],
	["☝🏽⛹🏽‍♀️👁️‍🗨️", true],
	["😀😀😀😀", false],
	["😀!", false],
	["1", false],
	["12", false],
	["#", false],
	["🇨", false],
	["☝", false],
	["ok 😀", false],
	["好 😀", false],
	["привет", false],
	["", false],
])("whether %j is drawn large: %s", (text, large) => {
	expect(isOnlyEmoji(text)).toBe(large);
});

test("every emoji that one can choose, with each skin, is drawn large", () => {
	const all = english.flatMap(({ emoji, skins = [] }) => [emoji, ...skins.map((skin) => skin.emoji)]);
	expect(all.length).toBeGreaterThan(3_000);
	expect(all.filter((emoji) => !isOnlyEmoji(emoji))).toEqual([]);
});
