import { expect, test } from "vitest";
import { transcript } from "../../src/model/transcript";

const ANN = { name: "Ann", when: "Saturday at noon", words: "Tea?" };
const BOB = { name: "小波", when: "Saturday, a minute later", words: "Gladly,\nand cake." };

test("one message is its words", () => {
	expect(transcript([BOB])).toBe("Gladly,\nand cake.");
});

test("several say who said them and when", () => {
	expect(transcript([ANN, BOB])).toBe(
		"Ann, Saturday at noon\nTea?\n\n小波, Saturday, a minute later\nGladly,\nand cake.",
	);
});

test("none is nothing", () => {
	expect(transcript([])).toBe("");
});
