/**
 * What travels together: all that the first page needs is one file, all that the first conversation needs is another.
 *
 * Left alone the bundler cuts a file for every set of parts that share a module. The thirty small ones that the start
 * then consisted of took 13 KB more than two, for compression finds repetitions only within a file.
 */

interface Graph {
	getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

export const PARTS = {
	start: ["/src/main.ts"],
	chat: ["/src/view/inside.ts"],
} as const;

/** Of Svelte, which is reached as a whole: what only the parts that come later use. Also: lean.ts. */
const LATER = /\/svelte\/src\/internal\/client\/dom\/elements\/bindings\/(?:media|select)\.js$/;

/** For `codeSplitting.groups`: the name of the module's file, or null where the bundler decides. */
export function chunkNames(root: string): (id: string, graph: Graph) => string | null {
	let parts: (readonly [string, ReadonlySet<string>])[] | null = null;
	return (id, graph) => {
		if (LATER.test(id)) return null;
		parts ??= Object.entries(PARTS).map(([name, entries]) => [
			name,
			reach(
				entries.map((path) => root + path),
				graph,
			),
		]);
		return parts.find(([, members]) => members.has(id))?.[0] ?? null;
	};
}

/** What is imported from these modules on, other than by `import()`. */
function reach(entries: readonly string[], graph: Graph): ReadonlySet<string> {
	const reached = new Set(entries);
	for (const id of reached) for (const next of graph.getModuleInfo(id)?.importedIds ?? []) reached.add(next);
	return reached;
}
