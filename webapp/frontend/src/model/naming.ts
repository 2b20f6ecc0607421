/** Naming people while one writes: the name at the caret, and who may be meant by it. Pure. */

/** The name that is being written behind an `@` at the caret, and where it begins. */
export function mentionAt(text: string, caret: number): { readonly start: number; readonly query: string } | null {
	const found = /(?:^|[\s\p{P}])@([\p{L}\p{N}_-]{0,32})$/u.exec(text.slice(0, caret));
	return found ? { start: caret - (found[1]?.length ?? 0) - 1, query: found[1] ?? "" } : null;
}

export interface Person {
	readonly username: string;
	/** As they are shown. */
	readonly title: string;
}

/** Those who may be meant: names that begin with what was typed before names that hold it. */
export function findPeople(people: readonly Person[], query: string, most = 8): readonly Person[] {
	const typed = query.toLowerCase();
	const rank = ({ username, title }: Person) => {
		const names = [username, title.toLowerCase()];
		if (names.some((name) => name.startsWith(typed))) return 0;
		return names.some((name) => name.includes(typed)) ? 1 : 2;
	};
	const fits = people.map((person) => ({ person, at: rank(person) })).filter(({ at }) => at < 2);
	return fits
		.sort((a, b) => a.at - b.at)
		.slice(0, most)
		.map(({ person }) => person);
}
