/** What all menus do alike: where they open, and how the focus goes through them. */

const MARGIN = 8;

/** Beside the pointer, inside the window; the first item has the focus. */
export function placeMenu(element: HTMLElement, { x, y }: { readonly x: number; readonly y: number }): void {
	const { width, height } = element.getBoundingClientRect();
	const left = Math.max(MARGIN, Math.min(x, innerWidth - width - MARGIN));
	const top = Math.max(MARGIN, Math.min(y, innerHeight - height - MARGIN));
	element.style.setProperty("left", `${left}px`);
	element.style.setProperty("top", `${top}px`);
	element.querySelector<HTMLElement>("[role=menuitem]")?.focus();
}

/** Arrows, Home and End go from item to item, round at both ends; keys of other uses stay. `grid`: sideways too. */
export function walkMenu(event: KeyboardEvent & { currentTarget: HTMLElement }, grid = false): void {
	const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
	const at = items.indexOf(document.activeElement as HTMLElement);
	const sideways = grid ? { ArrowRight: at + 1, ArrowLeft: at - 1 } : {};
	const moves: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1, ...sideways };
	const to = moves[event.key];
	if (to === undefined) return;
	event.preventDefault();
	items.at(to % items.length)?.focus();
}
