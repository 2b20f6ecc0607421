import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { attributesOf, LOOKS_KEY, PARTS, parseLooks, USUAL } from "../../src/model/looks";

const QUIET = { contrast: false, lessMotion: false };

test("what was kept is worn, what is not known is as usual", () => {
	expect(parseLooks('{"theme":"dark","size":"huge","accent":7}')).toEqual({ ...USUAL, theme: "dark" });
});

test.each([null, "", "dark", "null", "[1"])("kept text that is none (%s) looks as usual", (text) => {
	expect(parseLooks(text)).toEqual(USUAL);
});

test("the system's wishes hold where nobody chose, and a choice holds without them", () => {
	expect(attributesOf(USUAL, QUIET)).toMatchObject({ theme: "auto", contrast: "usual", motion: "usual" });
	expect(attributesOf(USUAL, { contrast: true, lessMotion: true })).toMatchObject({ contrast: "high", motion: "less" });
	expect(attributesOf({ ...USUAL, contrast: "high", motion: "less" }, QUIET)).toMatchObject({
		contrast: "high",
		motion: "less",
	});
});

test("the page wears every part before the first paint", () => {
	const kept = { theme: "dark", accent: "plum", size: "large", density: "compact", contrast: "high", motion: "less" };
	const dataset: Record<string, string> = {};
	const localStorage = { getItem: (key: string) => (key === LOOKS_KEY ? JSON.stringify(kept) : null) };
	runInNewContext(readFileSync("public/looks.js", "utf8"), {
		localStorage,
		document: { documentElement: { dataset } },
	});
	expect(dataset).toEqual(kept);
	expect(Object.keys(dataset)).toEqual(PARTS);
});

test("without storage the page is as usual, and nothing breaks", () => {
	expect(() => runInNewContext(readFileSync("public/looks.js", "utf8"), {})).not.toThrow();
});
