/** The icons by name. Of those in ./later, as of the words said later, only what is shown by `Lazy` may draw. */

import type { later } from "./later";
import { start } from "./start";

export type IconName = keyof typeof start | keyof typeof later;

const paths: Partial<Record<IconName, string>> = { ...start };

export function pathOf(name: IconName): string | undefined {
	return paths[name];
}

/** `Ui.loadRest` brings them, before anything draws one. */
export function learnIcons(more: Readonly<Partial<Record<IconName, string>>>): void {
	Object.assign(paths, more);
}
