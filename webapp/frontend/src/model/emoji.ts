/** Emoji to choose from. Pure; the list itself is `virtual:emoji` (see emoji.ts beside the build's configuration). */

export type Emoji = readonly [char: string, group: number, words: string];

/** In the order in which they are offered: Unicode's groups. */
export const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9] as const;
export const MAX_RECENT = 24;

/** Those whose words begin with every word that was typed; a Chinese word fits anywhere in one. */
export function searchEmoji(all: readonly Emoji[], typed: string): readonly Emoji[] {
	const wanted = typed.trim().toLowerCase().split(/\s+/u).filter(Boolean);
	if (wanted.length === 0) return all;
	return all.filter(([char, , words]) => char === typed.trim() || wanted.every((word) => hasWord(words, word)));
}

function hasWord(words: string, word: string): boolean {
	if (/\p{Script=Han}/u.test(word)) return words.includes(word);
	return words.startsWith(word) || words.includes(`|${word}`) || words.includes(` ${word}`);
}

/** The one that was just used comes first. */
export function withRecent(recent: readonly string[], char: string): readonly string[] {
	return [char, ...recent.filter((other) => other !== char)].slice(0, MAX_RECENT);
}
