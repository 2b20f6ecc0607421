/** What the system wishes of the looks, other tabs that change them, and the page that wears them. */

import type { Wishes } from "../model/looks";

const CONTRAST = "(prefers-contrast: more)";
const LESS_MOTION = "(prefers-reduced-motion: reduce)";
const DARK = "(prefers-color-scheme: dark)";

export function readWishes(): Wishes {
	return { contrast: matchMedia(CONTRAST).matches, lessMotion: matchMedia(LESS_MOTION).matches };
}

/** Tell, as long as the page lives, that the system's wishes or what another tab keeps may have changed. */
export function watchLooks(key: string, changed: () => void): void {
	for (const query of [CONTRAST, LESS_MOTION, DARK]) matchMedia(query).addEventListener("change", changed);
	watchShelf(key, changed);
}

/** Tell when another tab keeps something else under `key`, until the answer is called. */
export function watchShelf(key: string, changed: () => void): () => void {
	const listen = (event: StorageEvent) => {
		if (event.key === key || event.key === null) changed();
	};
	addEventListener("storage", listen);
	return () => removeEventListener("storage", listen);
}

/** Also the bars of a phone's browser, which follow no attribute. */
export function wear(attributes: Readonly<Record<string, string>>): void {
	Object.assign(document.documentElement.dataset, attributes);
	const paper = getComputedStyle(document.documentElement).backgroundColor;
	for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) meta.content = paper;
}
