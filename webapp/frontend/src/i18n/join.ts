/** What is said at once and what is said later, as one dictionary. */

export type Joined<A, B> = {
	readonly [K in keyof A | keyof B]: K extends keyof A
		? K extends keyof B
			? A[K] & B[K]
			: A[K]
		: K extends keyof B
			? B[K]
			: never;
};

/** An area that both know has the words of both. */
export function joinTexts<A extends object, B extends object>(start: A, later: B): Joined<A, B> {
	const joined: Record<string, unknown> = Object.fromEntries(Object.entries(start));
	for (const [area, words] of Object.entries(later)) {
		const known = joined[area];
		joined[area] = typeof known === "object" && typeof words === "object" ? { ...known, ...words } : words;
	}
	return joined as Joined<A, B>;
}
