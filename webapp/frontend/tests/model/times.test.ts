import { expect, test } from "vitest";
import { canWaitUntil, dayStart, fromClock, fromLocalInput, toClock, toLocalInput } from "../../src/model/times";

const NOON = new Date(2026, 10, 20, 12, 5).getTime();

test("a time reads back from what the browser's input shows", () => {
	expect(toLocalInput(NOON)).toBe("2026-11-20T12:05");
	expect(fromLocalInput("2026-11-20T12:05")).toBe(NOON);
	expect(fromLocalInput("")).toBeNull();
	expect(fromLocalInput("soon")).toBeNull();
});

test.each([
	["now", 0, false],
	["a moment later", 1, true],
	["a year ahead", 365 * 86_400_000, true],
	["more than a year ahead", 365 * 86_400_000 + 1, false],
])("whether something can wait until %s", (_name, ms, may) => {
	expect(canWaitUntil(NOON + ms, NOON)).toBe(may);
});

test("a day begins at midnight and ends where the next one begins", () => {
	expect(dayStart("2026-11-20")).toBe(new Date(2026, 10, 20).getTime());
	expect(dayStart("2026-11-30", true)).toBe(new Date(2026, 11, 1).getTime());
	expect(dayStart("")).toBeNull();
});

test("minutes of the day read back from what the clock shows", () => {
	expect(toClock(1_425)).toBe("23:45");
	expect(fromClock("23:45")).toBe(1_425);
	expect(fromClock("00:00")).toBe(0);
	expect(fromClock("")).toBeNull();
});
