/** The focus is never lost: when what has it goes away, it goes back to where it was before, as far as that is there. */

const REMEMBERED = 12;
const WRITTEN_INTO = "input, textarea";
const BUSY_MS = 500; // a button that is disabled while it works gets the focus back

/** Watch over the whole page; the answer ends it. Dialogs, panels, menus and deleted rows need do nothing themselves. */
export function keepFocus(): () => void {
	let trail: HTMLElement[] = []; // what had the focus, the newest last
	let waiting = 0;
	let busy: ReturnType<typeof setTimeout> | undefined;

	function note({ target }: FocusEvent) {
		if (!(target instanceof HTMLElement)) return;
		trail = [...trail.filter((each) => each !== target && each.isConnected), target].slice(-REMEMBERED);
	}

	function restore() {
		if (!isNowhere() || !document.hasFocus()) return;
		for (const each of trail.toReversed()) if (canHave(each) && give(each)) return;
		giveToMain();
	}

	/** Somebody may leave the focus nowhere on purpose, by a click beside things: then the last one is still there. */
	function look() {
		waiting = 0;
		if (!isNowhere() || !document.hasFocus()) return;
		const last = trail.at(-1);
		if (!last || canHave(last)) return;
		if (last.matches(":disabled")) busy ||= setTimeout(restoreLater, BUSY_MS);
		else restore();
	}

	function restoreLater() {
		busy = undefined;
		restore();
	}

	function lookSoon() {
		// Once a frame at most: what was hidden or disabled loses the focus only when the page is drawn.
		if (isNowhere()) waiting ||= requestAnimationFrame(look);
	}

	const observer = new MutationObserver(lookSoon);
	observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled", "hidden"] });
	document.addEventListener("focusin", note);
	document.addEventListener("focusout", lookSoon);
	addEventListener("hashchange", lookSoon);
	return () => {
		observer.disconnect();
		cancelAnimationFrame(waiting);
		clearTimeout(busy);
		document.removeEventListener("focusin", note);
		document.removeEventListener("focusout", lookSoon);
		removeEventListener("hashchange", lookSoon);
	};
}

function isNowhere(): boolean {
	return document.activeElement === null || document.activeElement === document.body;
}

function canHave(element: HTMLElement): boolean {
	return element.isConnected && element.checkVisibility({ visibilityProperty: true }) && !element.matches(":disabled");
}

function give(element: HTMLElement): boolean {
	// On a phone it would raise the keyboard.
	if (element.matches(WRITTEN_INTO) && matchMedia("(hover: none)").matches) return false;
	element.focus({ preventScroll: true });
	return !isNowhere();
}

/** On a phone either the list or the conversation is in view. */
function giveToMain() {
	const place = [...document.querySelectorAll<HTMLElement>("main, nav")].find(canHave);
	if (!place) return;
	place.tabIndex = -1;
	give(place);
}
