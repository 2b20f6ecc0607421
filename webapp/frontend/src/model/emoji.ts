/** Emoji to choose from. Pure; the list itself is `virtual:emoji` (see emoji.ts beside the build's configuration). */

export type Emoji = readonly [char: string, group: number, words: string];

/** In the order in which they are offered: Unicode's groups. */
export const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9] as const;
export const MAX_RECENT = 24;
/** The skin tones of Unicode, after the emoji as it is. */
export const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"] as const;

/** Those whose words begin with every word that was typed, best first; a Chinese word fits anywhere in one. */
export function searchEmoji(all: readonly Emoji[], typed: string): readonly Emoji[] {
	const text = typed.trim().toLowerCase();
	const wanted = text.split(/[\s_]+/u).filter(Boolean);
	if (wanted.length === 0) return all;
	const found = all.filter(([char, , words]) => char === text || wanted.every((word) => hasWord(words, word)));
	const rank = ([, , words]: Emoji) => rankOf(words, wanted.join(" "));
	return found
		.map((item) => ({ item, at: rank(item) }))
		.sort((a, b) => a.at - b.at)
		.map(({ item }) => item);
}

function hasWord(words: string, word: string): boolean {
	if (/\p{Script=Han}/u.test(word)) return words.includes(word);
	return words.startsWith(word) || words.includes(`|${word}`) || words.includes(` ${word}`);
}

/** What it is called, in English or in Chinese; the other words only say what else it may be found by. */
export function emojiName(words: string, language: "en" | "zh"): string {
	const all = words.split("|");
	return (language === "zh" ? all.find((word) => /\p{Script=Han}/u.test(word)) : undefined) ?? all[0] ?? "";
}

/** A whole name before the beginning of one, before a part of one, before whatever else it is found by. */
function rankOf(words: string, text: string): number {
	const names = [emojiName(words, "en"), emojiName(words, "zh")];
	if (names.includes(text)) return 0;
	if (names.some((name) => name.startsWith(text))) return 1;
	return names.some((name) => hasWord(name, text)) ? 2 : 3;
}

/** The one that was just used comes first. */
export function withRecent(recent: readonly string[], char: string): readonly string[] {
	return [char, ...recent.filter((other) => other !== char)].slice(0, MAX_RECENT);
}

const SETS = "v"; // a flag younger than the language that the build writes, so no literal has it
const ONE = new RegExp("^\\p{RGI_Emoji}$", SETS);

/** An emoji with a skin tone, everywhere where a person is in it; as it is where there is none such. */
export function withTone(char: string, tone: string): string {
	if (tone === "") return char;
	const toned = char.replace(/(\p{Emoji_Modifier_Base})\ufe0f?/gu, `$1${tone}`);
	return ONE.test(toned) ? toned : char;
}

/**
 * The name that is being written behind a `:`, and where it begins. Only after a blank: in "他说：" and "10:30" it is
 * the colon of a sentence and of a time.
 */
export function emojiAt(text: string, caret: number): { readonly start: number; readonly query: string } | null {
	const query = /(?:^|\s)[:：]((?=\p{L})[\p{L}\p{N}_-]{1,32})$/u.exec(text.slice(0, caret))?.[1];
	const long = query !== undefined && (query.length > 1 || /\p{Script=Han}/u.test(query));
	return long ? { start: caret - query.length - 1, query } : null;
}
