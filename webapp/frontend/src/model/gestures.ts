/** What fingers on the glass mean, from where they were to where they are. Pixels and milliseconds. Pure. */

export interface Point {
	readonly x: number;
	readonly y: number;
}

/** Below this a finger trembles, it does not move. */
export const SLACK_PX = 10;
/** So far a message is drawn to be answered. */
export const ANSWER_PX = 56;
const FARTHEST_PX = 76;
const CANCEL_PX = 72;
const PRESS_MS = 400;
const DOUBLE_TAP_MS = 300;
const CLOSE_PX = 110;

/** What a finger that has left its place is about: along the lines, or up and down. Null: it is still there. */
export function axisOf(from: Point, to: Point): "across" | "along" | null {
	const [x, y] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
	if (Math.max(x, y) < SLACK_PX) return null;
	return x > y * 1.4 ? "across" : "along";
}

/** How far a message follows a finger towards the start of the line: ever less, and never the other way. */
export function pulled(from: Point, to: Point, rightToLeft = false): number {
	const far = Math.max(0, (rightToLeft ? to.x - from.x : from.x - to.x) - SLACK_PX);
	const shown = far <= ANSWER_PX ? far : ANSWER_PX + (far - ANSWER_PX) / 4;
	return Math.min(FARTHEST_PX, shown);
}

/** Whether letting go there answers. */
export function answers(from: Point, to: Point, rightToLeft = false): boolean {
	return pulled(from, to, rightToLeft) >= ANSWER_PX;
}

/** A finger that recorded is lifted: a short press has only pressed the button, and far away is thrown away. */
export function releaseOf(from: Point, to: Point, heldMs: number): "send" | "discard" | "stay" {
	if (Math.hypot(to.x - from.x, to.y - from.y) > CANCEL_PX) return "discard";
	return heldMs < PRESS_MS ? "stay" : "send";
}

/** Whether a second tap belongs to the first. */
export function isDoubleTap(before: { readonly at: number; readonly point: Point }, at: number, point: Point): boolean {
	const near = Math.hypot(point.x - before.point.x, point.y - before.point.y) < 4 * SLACK_PX;
	return near && at - before.at <= DOUBLE_TAP_MS;
}

/** A picture: how much larger than the window shows it, and where its middle lies from the middle of the window. */
export interface Look {
	readonly zoom: number;
	readonly x: number;
	readonly y: number;
}

export const WHOLE: Look = { zoom: 1, x: 0, y: 0 };
const LARGEST = 8;

/** Change the size by a factor; the point below `at` (from the middle of the window) stays where it is. */
export function zoomed(look: Look, factor: number, at: Point): Look {
	const zoom = Math.min(LARGEST, Math.max(1, look.zoom * factor));
	if (zoom === 1) return WHOLE;
	const by = zoom / look.zoom;
	return { zoom, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by };
}

/** Two fingers: what lay between them lies between them still. */
export function pinched(look: Look, before: readonly [Point, Point], now: readonly [Point, Point]): Look {
	const [was, is] = [middle(before), middle(now)];
	const factor = distance(now) / Math.max(1, distance(before));
	const moved = { ...look, x: look.x + is.x - was.x, y: look.y + is.y - was.y };
	return zoomed(moved, factor, is);
}

function middle([a, b]: readonly [Point, Point]): Point {
	return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance([a, b]: readonly [Point, Point]): number {
	return Math.hypot(a.x - b.x, a.y - b.y);
}

/** A finger on a picture that is shown whole: down closes it, aside turns to another one. */
export function flickOf(from: Point, to: Point): "close" | "next" | "previous" | null {
	const axis = axisOf(from, to);
	if (axis === "along") return to.y - from.y > CLOSE_PX ? "close" : null;
	if (axis === null || Math.abs(to.x - from.x) < ANSWER_PX) return null;
	return to.x < from.x ? "next" : "previous";
}
