/** Fingers on messages: a long press, a pull towards the start, two taps. Heard for all messages of a list at once. */

import { answers, axisOf, isDoubleTap, type Point, pulled } from "../../model/gestures";
import type { Clock } from "../../platform/platform";
import { ROW } from "./rows";

const LONG_PRESS_MS = 450;
const OWN_USE = "a, button, input, textarea, video, audio, pre, label"; // these have a use of their own for a finger

export interface Deeds {
	menu(row: HTMLElement, at: Point): void;
	answer(row: HTMLElement): void;
	react(row: HTMLElement): void;
	/** So far it has been pulled; null: it is where it belongs. */
	pull(row: HTMLElement, px: number | null): void;
}

interface Held {
	readonly row: HTMLElement;
	readonly from: Point;
	axis: ReturnType<typeof axisOf>;
	/** Whether its long press has done something: then the rest of it does nothing. */
	done: boolean;
	readonly cancelPress: () => void;
}

export class Touch {
	private held: Held | null = null;
	/** Whether the finger that is there, or was last, has opened a menu: its lifting is no tap on what is below it now. */
	private spent = false;
	private lastTap: { row: HTMLElement; at: number; point: Point } | null = null;
	private readonly rightToLeft = document.dir === "rtl";

	constructor(
		private readonly clock: Clock,
		private readonly deeds: Deeds,
	) {}

	down(event: PointerEvent): void {
		this.cancel();
		this.spent = false;
		if (event.pointerType !== "touch" || !event.isPrimary || !(event.target instanceof Element)) return;
		const row = event.target.closest<HTMLElement>(ROW);
		const bubble = event.target.closest(".bubble");
		if (!row || !bubble || event.target.closest("input, textarea, video, audio")) return;
		const from = { x: event.clientX, y: event.clientY };
		const cancelPress = this.clock.after(LONG_PRESS_MS, () => this.press());
		this.held = { row, from, axis: null, done: false, cancelPress };
	}

	move(event: PointerEvent): void {
		const { held } = this;
		if (!held || held.done || !event.isPrimary) return;
		const to = { x: event.clientX, y: event.clientY };
		held.axis ??= axisOf(held.from, to);
		if (held.axis === null) return;
		held.cancelPress();
		if (held.axis === "across") this.deeds.pull(held.row, pulled(held.from, to, this.rightToLeft));
	}

	up(event: PointerEvent): void {
		const { held } = this;
		if (!held || !event.isPrimary) return;
		const to = { x: event.clientX, y: event.clientY };
		this.cancel();
		if (held.done) return;
		if (held.axis === "across" && answers(held.from, to, this.rightToLeft)) this.deeds.answer(held.row);
		else if (held.axis === null && event.target instanceof Element && !event.target.closest(OWN_USE))
			this.tap(held.row, to);
	}

	/** The browser would make a click of it, on whatever lies there now. */
	end(event: TouchEvent): void {
		if (this.spent && event.cancelable) event.preventDefault();
	}

	cancel(): void {
		if (!this.held) return;
		this.held.cancelPress();
		this.deeds.pull(this.held.row, null);
		this.held = null;
	}

	private press(): void {
		if (!this.held) return;
		this.held.done = true;
		this.spent = true;
		this.deeds.menu(this.held.row, this.held.from);
	}

	private tap(row: HTMLElement, point: Point): void {
		const before = this.lastTap;
		const at = this.clock.now();
		this.lastTap = { row, at, point };
		if (before?.row !== row || !isDoubleTap(before, at, point)) return;
		this.lastTap = null;
		this.deeds.react(row);
	}
}
