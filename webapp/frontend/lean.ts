/**
 * A plugin of Vite that leaves out of Svelte what the start does not use and Rolldown does not see to be unused: 6 KB, 2 KB
 * compressed.
 *
 * Markup that a server has made, which ours does not make: Svelte guards the taking over of it by one variable, so that a
 * bundler can see that it is never true; Rolldown does not see that through a `let`. Custom elements, whose module declares
 * a class when it is loaded. And what binds selects and players, of which chunks.ts makes a file of its own.
 */

import type { Plugin } from "vite";

const HYDRATION = /\/svelte\/src\/internal\/client\/dom\/hydration\.js$/;
/** These do nothing by being loaded. */
const QUIET = /\/svelte\/src\/internal\/client\/dom\/elements\/(?:custom-element|bindings\/(?:media|select))\.js$/;
const CHANGES = [
	["export let hydrating = false;", "export const hydrating = false;"],
	["\thydrating = value;", ""],
] as const;

export function leanSvelte(): Plugin {
	return {
		name: "hongyan-lean-svelte",
		apply: "build",
		transform: {
			filter: { id: [HYDRATION, QUIET] },
			handler(code, id) {
				return { code: HYDRATION.test(id) ? withoutHydration(code) : code, map: null, moduleSideEffects: false };
			},
		},
	};
}

function withoutHydration(code: string): string {
	return CHANGES.reduce((changed, [is, becomes]) => {
		if (!changed.includes(is)) throw new Error(`Svelte has changed: there is no "${is}" in its hydration.js`);
		return changed.replace(is, becomes);
	}, code);
}
