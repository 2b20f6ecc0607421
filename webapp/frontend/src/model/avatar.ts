/** A face made of a name: one or two letters, and a colour that stays the same everywhere. */

export const TONES = 10;

/** The first Chinese character, or the first letters of the first two words. */
export function initials(title: string): string {
	const words = title
		.trim()
		.split(/[\s_-]+/u)
		.filter(Boolean);
	const [first = "?"] = words[0] ?? "";
	if (/\p{Script=Han}/u.test(first)) return first;
	const [second = ""] = words.length > 1 ? (words.at(-1) ?? "") : "";
	return (first + second).toLocaleUpperCase();
}

/** A number below `TONES`. */
export function toneOf(name: string): number {
	let hash = 2_166_136_261; // FNV-1a: short names that differ by a letter get different colours
	for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619) >>> 0;
	return hash % TONES;
}
