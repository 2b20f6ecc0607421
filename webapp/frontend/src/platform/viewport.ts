/** The part of the window that a phone's keyboard leaves. */

let known = 0;

/** Keep `--keyboard` as high as the keyboard, where the browser lays it over the page; until the answer is called. */
export function followKeyboard(): () => void {
	const view = globalThis.visualViewport;
	const follow = () => {
		// A page that is zoomed in is smaller for another reason.
		const covered = view && view.scale === 1 ? Math.max(0, Math.round(innerHeight - view.height)) : 0;
		if (covered === known) return;
		known = covered;
		document.documentElement.style.setProperty("--keyboard", `${covered}px`);
	};
	const first = requestAnimationFrame(follow); // where the page is laid out anyway
	view?.addEventListener("resize", follow);
	return () => {
		cancelAnimationFrame(first);
		view?.removeEventListener("resize", follow);
	};
}
