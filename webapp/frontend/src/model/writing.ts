/** What a text becomes while it is written: marks, and the people whom it names. Pure. Choosing them is in ./naming.ts. */

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

/** Put what is selected into a block of code of its own lines. */
export function toggleFence({ text, start, end }: Written): Written {
	const before = text.slice(0, start);
	const lead = before === "" || before.endsWith("\n") ? "```\n" : "\n```\n";
	const words = `${before}${lead}${text.slice(start, end)}`;
	return { text: `${words}\n\`\`\`${text.slice(end)}`, start: before.length + lead.length, end: words.length };
}

const LONG_CHARS = 4_000;
const LONG_LINES = 100;

/** Whether a text is better off as a file than as a message. */
export function isLong(text: string): boolean {
	return text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
}

/** Put other words in the place of some; the caret stands behind them. */
export function replace({ text, start, end }: Written, words: string): Written {
	const at = start + words.length;
	return { text: text.slice(0, start) + words + text.slice(end), start: at, end: at };
}

const MARKED =
	/\*\*\S|`[^`\s]|~~\S|(^|\s)_\S[^_]*_(\s|$)|^\s{0,3}```|^\s{0,3}(>|#{1,3}|[-*+]|\d{1,9}[.)]) |\]\(https?:/m;

/** Whether marks of Markdown stand in it, so that it should be read as such. */
export function hasMarks(text: string): boolean {
	return MARKED.test(text);
}

/** In `mentions`: a reserved name, so nobody's. */
export const EVERYBODY = "all";

/** Whom a text names, each once, as far as `known` says that there is such a member. */
export function mentionsIn(text: string, known: (name: string) => boolean): readonly string[] {
	const names = [...text.matchAll(/(?<![a-z0-9_@-])@([a-z0-9][a-z0-9_-]{1,31})/g)].map(([, name = ""]) => name);
	return [...new Set(names)].filter(known);
}
