/** What hands do with messages before Hands.svelte is there, which comes with the first of it. */

import { LOG } from "./rows";

const HEARD = ["pointerdown", "pointermove", "pointerup", "touchend", "pointercancel", "contextmenu", "keydown"];

export interface Early {
	/** No more is heard; what was, in its order. */
	takeOver(): readonly Event[];
}

/** `begun` is called with the first event on a message. */
export function hearEarly(within: HTMLElement, begun: () => void): Early {
	const controller = new AbortController();
	const heard: Event[] = [];
	const hear = (event: Event) => {
		if (!(event.target instanceof Element) || !event.target.closest(LOG)) return;
		heard.push(event);
		if (event.type === "contextmenu" && isOurs(event.target)) event.preventDefault();
		begun();
	};
	for (const type of HEARD) within.addEventListener(type, hear, { signal: controller.signal, passive: false });
	return {
		takeOver() {
			controller.abort();
			return heard.splice(0);
		},
	};
}

/** Elsewhere the browser's own menu has its use. */
function isOurs(target: Element): boolean {
	return target.closest(".bubble") !== null && !target.closest("a, video, input, textarea");
}
