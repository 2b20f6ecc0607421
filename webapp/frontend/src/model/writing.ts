/** What a text becomes while it is written: marks, and the people whom it names. Pure. */

/** A text and what of it is selected, in UTF-16 units as the browser counts. */
export interface Written {
	readonly text: string;
	readonly start: number;
	readonly end: number;
}

/** By key, with Ctrl or Command. */
export const SHORTCUTS: Readonly<Record<string, string>> = { b: "**", i: "_", e: "`", d: "~~" };

/** Put a mark around the selection, or take it away where it is there. */
export function toggleMark({ text, start, end }: Written, mark: string): Written {
	const { length } = mark;
	const [before, inside, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
	if (before.endsWith(mark) && after.startsWith(mark)) {
		const plain = before.slice(0, -length) + inside + after.slice(length);
		return { text: plain, start: start - length, end: end - length };
	}
	return { text: before + mark + inside + mark + after, start: start + length, end: end + length };
}

/** Put other words in the place of some; the caret stands behind them. */
export function replace({ text, start, end }: Written, words: string): Written {
	const at = start + words.length;
	return { text: text.slice(0, start) + words + text.slice(end), start: at, end: at };
}

const MARKED = /\*\*\S|`[^`\s]|~~\S|(^|\s)_\S[^_]*_(\s|$)|^\s{0,3}(>|#{1,3}|[-*+]|\d{1,9}[.)]) |\]\(https?:/m;

/** Whether marks of Markdown stand in it, so that it should be read as such. */
export function hasMarks(text: string): boolean {
	return MARKED.test(text);
}

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

/** Whom a text names, each once, as far as `known` says that there is such a member. */
export function mentionsIn(text: string, known: (name: string) => boolean): readonly string[] {
	const names = [...text.matchAll(/(?<![a-z0-9_@-])@([a-z0-9][a-z0-9_-]{1,31})/g)].map(([, name = ""]) => name);
	return [...new Set(names)].filter(known);
}
