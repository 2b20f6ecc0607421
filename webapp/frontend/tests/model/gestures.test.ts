import { expect, test } from "vitest";
import {
	answers,
	axisOf,
	flickOf,
	isDoubleTap,
	pinched,
	pulled,
	releaseOf,
	WHOLE,
	zoomed,
} from "../../src/model/gestures";

const HERE = { x: 200, y: 200 };

test.each([
	["trembles", { x: 204, y: 207 }, null],
	["goes aside", { x: 170, y: 205 }, "across"],
	["goes up", { x: 195, y: 150 }, "along"],
	["goes aslant, which scrolls", { x: 180, y: 183 }, "along"],
])("a finger that %s", (_, to, axis) => {
	expect(axisOf(HERE, to)).toBe(axis);
});

test("a message follows the finger to the left, then less and less, and never to the right", () => {
	expect(pulled(HERE, { x: 160, y: 200 })).toBe(30);
	expect(pulled(HERE, { x: 114, y: 200 })).toBe(61);
	expect(pulled(HERE, { x: 0, y: 200 })).toBe(76);
	expect(pulled(HERE, { x: 260, y: 200 })).toBe(0);
});

test("where lines begin at the right, it follows to the right", () => {
	expect(pulled(HERE, { x: 240, y: 200 }, true)).toBe(30);
	expect(answers(HERE, { x: 280, y: 200 }, true)).toBe(true);
});

test("it answers from 56 px on", () => {
	expect(answers(HERE, { x: 135, y: 200 })).toBe(false);
	expect(answers(HERE, { x: 134, y: 200 })).toBe(true);
});

test.each([
	["a short press has pressed the button", { x: 203, y: 200 }, 150, "stay"],
	["a long one has spoken", { x: 203, y: 200 }, 2_000, "send"],
	["far away is thrown away", { x: 110, y: 200 }, 2_000, "discard"],
	["far above too", { x: 200, y: 90 }, 2_000, "discard"],
])("a finger on the microphone: %s", (_, to, heldMs, ending) => {
	expect(releaseOf(HERE, to, heldMs)).toBe(ending);
});

test("two taps are one where they are near each other in time and place", () => {
	const before = { at: 1_000, point: HERE };
	expect(isDoubleTap(before, 1_250, { x: 210, y: 205 })).toBe(true);
	expect(isDoubleTap(before, 1_400, HERE)).toBe(false);
	expect(isDoubleTap(before, 1_250, { x: 300, y: 200 })).toBe(false);
});

test("what lies below the pointer stays below it when the size changes", () => {
	expect(zoomed(WHOLE, 2, { x: 100, y: -50 })).toEqual({ zoom: 2, x: -100, y: 50 });
	expect(zoomed({ zoom: 2, x: -100, y: 50 }, 0.5, { x: 100, y: -50 })).toEqual(WHOLE);
});

test("a picture is never smaller than whole, and at most eight times as large", () => {
	expect(zoomed(WHOLE, 0.5, { x: 10, y: 10 })).toEqual(WHOLE);
	expect(zoomed(WHOLE, 100, { x: 0, y: 0 }).zoom).toBe(8);
});

test("two fingers that part make it larger, and carry it where they go", () => {
	const before = [
		{ x: -50, y: 0 },
		{ x: 50, y: 0 },
	] as const;
	const apart = [
		{ x: -100, y: 0 },
		{ x: 100, y: 0 },
	] as const;
	expect(pinched(WHOLE, before, apart)).toEqual({ zoom: 2, x: 0, y: 0 });
	const beside = [
		{ x: -30, y: 10 },
		{ x: 70, y: 10 },
	] as const;
	expect(pinched({ zoom: 2, x: 0, y: 0 }, before, beside)).toEqual({ zoom: 2, x: 20, y: 10 });
});

test.each([
	["down", { x: 210, y: 330 }, "close"],
	["a little down", { x: 200, y: 260 }, null],
	["to the left", { x: 120, y: 210 }, "next"],
	["to the right", { x: 280, y: 190 }, "previous"],
	["up", { x: 200, y: 20 }, null],
])("a finger on a picture that goes %s", (_, to, flick) => {
	expect(flickOf(HERE, to)).toBe(flick);
});
