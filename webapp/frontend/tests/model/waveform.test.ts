import { expect, test } from "vitest";
import { barsOf, formatDuration, loudness } from "../../src/model/waveform";

test("the loudness of silence is 0, of the loudest sound 1", () => {
	expect(loudness(Uint8Array.of(128, 128))).toBe(0);
	expect(loudness(Uint8Array.of(128, 0, 160))).toBe(1);
	expect(loudness(Uint8Array.of(128, 160))).toBe(0.25);
});

test("bars are the loudest of their part, up to 31", () => {
	expect(barsOf([0.1, 0.5, 0.2, 0.25], 2)).toEqual([31, 16]);
	expect(barsOf([0.5, 0.25, 0], 8)).toEqual([31, 16, 0]);
	expect(barsOf(Array.from({ length: 1_000 }, () => 1))).toHaveLength(48);
	expect(barsOf([])).toEqual([]);
});

test("silence does not become loud", () => {
	expect(barsOf([0.001, 0.001], 2)).toEqual([1, 1]);
});

test.each([
	[0, "0:00"],
	[65_000, "1:05"],
	[3_599_999, "59:59"],
])("%i ms are shown as %s", (ms, text) => {
	expect(formatDuration(ms)).toBe(text);
});
