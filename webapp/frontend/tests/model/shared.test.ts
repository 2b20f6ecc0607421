import { expect, test } from "vitest";
import { parseShared, type Shared, textOf, together } from "../../src/model/shared";

const NOTHING: Shared = { title: "", text: "", url: "", files: [], at: 1 };
const FILE = new File(["feather"], "feather.txt");

test.each([
	[{ text: "look" }, "look"],
	[{ title: "A pond", text: "look", url: "https://pond.example/" }, "A pond\nlook\nhttps://pond.example/"],
	[{ text: "look https://pond.example/", url: "https://pond.example/" }, "look https://pond.example/"],
	[{ title: "A pond", text: "A pond" }, "A pond"],
	[{ title: " ", text: "\n" }, ""],
])("%j is the text %j", (fields, text) => {
	expect(textOf({ ...NOTHING, ...fields })).toBe(text);
});

test("all that came while nobody looked is one", () => {
	const one = together([{ ...NOTHING, text: "first" }, NOTHING, { ...NOTHING, files: [FILE] }]);
	expect(one).toEqual({ ...NOTHING, text: "first", files: [FILE] });
	expect(together([NOTHING])).toBeNull();
	expect(together([])).toBeNull();
});

test.each([null, 7, "text"])("%j is nothing that we kept", (value) => {
	expect(parseShared(value)).toEqual([]);
});

test("of what is kept only texts and files are taken, and no more than a message holds", () => {
	const kept = {
		title: 5,
		text: "a".repeat(20_001),
		files: [...Array(10).fill(FILE), "no file", new File([], "empty")],
	};
	const [shared] = parseShared(kept);
	expect([shared?.title, shared?.text.length, shared?.files.length, shared?.at]).toEqual(["", 20_000, 9, 0]);
});
