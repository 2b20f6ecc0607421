/**
 * The module `virtual:emoji`: every emoji with its English and Chinese words, written when the pages are built.
 *
 * The npm package holds thirty languages and more than a picker needs; what is left of it here is a tenth of two of them.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const NAME = "virtual:emoji";
const LANGUAGES = ["en", "zh"] as const;
const COMPONENTS = 2; // the group of hair and skin, which are no emoji by themselves

interface Entry {
	readonly emoji: string;
	readonly group: number;
	readonly annotation: string;
	readonly tags?: readonly string[];
}

export function emojiData(): Plugin {
	const { resolve } = createRequire(import.meta.url);
	return {
		name: "hongyan-emoji",
		resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
		async load(id) {
			if (id !== `\0${NAME}`) return null;
			const files = LANGUAGES.map((language) => resolve(`emoji-picker-element-data/${language}/cldr/data.json`));
			const lists = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, "utf8")) as Entry[]));
			return `export default JSON.parse(${JSON.stringify(JSON.stringify(join(lists)))});`;
		},
	};
}

/** `[emoji, group, words]`, in the order of Unicode; the words begin with the English name. */
function join(lists: readonly (readonly Entry[])[]): [string, number, string][] {
	const [first = [], ...others] = lists.map((list) => new Map(list.map((entry) => [entry.emoji, entry])));
	return [...first.values()]
		.filter(({ group }) => group !== COMPONENTS)
		.map((entry) => {
			const entries = [entry, ...others.flatMap((list) => list.get(entry.emoji) ?? [])];
			const words = entries.flatMap(({ annotation, tags = [] }) => [annotation, ...tags]);
			return [bare(entry.emoji), entry.group, [...new Set(words)].join("|").toLowerCase()];
		});
}

/** Without the selector that asks for a picture where there is a picture anyway: one reaction is one text. */
function bare(emoji: string): string {
	return emoji.replace(/(\p{Emoji_Presentation})\ufe0f/gu, "$1");
}
