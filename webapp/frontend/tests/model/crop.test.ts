import { expect, test } from "vitest";
import { drag, MAX_ZOOM, squareOf, wholeCrop, zoomTo } from "../../src/model/crop";

const WIDE = { width: 400, height: 200 };
const TALL = { width: 100, height: 300 };

test("it begins with the largest square in the middle", () => {
	expect(squareOf(WIDE, wholeCrop(WIDE))).toEqual({ left: 100, top: 0, side: 200 });
	expect(squareOf(TALL, wholeCrop(TALL))).toEqual({ left: 0, top: 100, side: 100 });
});

test("dragging the picture to the right shows what is further left", () => {
	expect(squareOf(WIDE, drag(WIDE, wholeCrop(WIDE), 0.25, 0))).toEqual({ left: 50, top: 0, side: 200 });
});

test.each([
	["right", [9, 0], { left: 0, top: 0 }],
	["left", [-9, 0], { left: 200, top: 0 }],
	["down", [0, 9], { left: 100, top: 0 }],
	["up", [0, -9], { left: 100, top: 0 }],
] as const)("the square stays inside, however far one drags %s", (_, [right, down], corner) => {
	expect(squareOf(WIDE, drag(WIDE, wholeCrop(WIDE), right, down))).toEqual({ ...corner, side: 200 });
});

test("zoom keeps the centre", () => {
	expect(squareOf(WIDE, zoomTo(WIDE, wholeCrop(WIDE), 2))).toEqual({ left: 150, top: 50, side: 100 });
});

test("zooming out at an edge moves the square back inside", () => {
	const corner = drag(WIDE, zoomTo(WIDE, wholeCrop(WIDE), 2), 9, 9);
	expect(squareOf(WIDE, corner)).toEqual({ left: 0, top: 0, side: 100 });
	expect(squareOf(WIDE, zoomTo(WIDE, corner, 1))).toEqual({ left: 0, top: 0, side: 200 });
});

test.each([
	[0.1, 1],
	[99, MAX_ZOOM],
	[3, 3],
])("a zoom of %s is %s", (wanted, zoom) => {
	expect(zoomTo(WIDE, wholeCrop(WIDE), wanted).zoom).toBe(zoom);
});
