/** What Enter does in a composer of this browser: it sends, or makes a new line. Ctrl+Enter sends either way. */

import type { Shelf } from "../../platform/platform";

export type EnterDoes = "send" | "newline";

const KEY = "hongyan.enter";

export function readEnter(shelf: Shelf): EnterDoes {
	return shelf.get(KEY) === "newline" ? "newline" : "send";
}

export function keepEnter(shelf: Shelf, does: EnterDoes): void {
	shelf.set(KEY, does);
}
