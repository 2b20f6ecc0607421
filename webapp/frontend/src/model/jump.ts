/** Where one may jump to, and which of it is meant by a few letters. Pure. */

export const JUMP_SECTIONS = ["conversation", "friend", "group", "person", "page", "deed", "search"] as const;
export type JumpSection = (typeof JUMP_SECTIONS)[number];

export interface Place {
	readonly section: JumpSection;
	/** Unlike that of any other place. */
	readonly id: string;
	readonly title: string;
	readonly note: string;
	/** What else it goes by: the account's name, a remark. */
	readonly also: readonly string[];
}

/** How well words fit, best first; null: not at all. */
export type Fit = 0 | 1 | 2 | 3;

const MOST: Readonly<Record<JumpSection, number>> = {
	conversation: 8,
	friend: 6,
	group: 6,
	person: 5,
	page: 5,
	deed: 5,
	search: 1,
};

/**
 * The places that fit, those of a section together; sections by their best place, and otherwise in their own order.
 * Within a section the given order holds among those that fit as well: hand the most recent in first.
 */
export function findPlaces<T extends Place>(places: readonly T[], typed: string): readonly T[] {
	const words = plain(typed);
	const fitting = places.flatMap((place, at) => {
		const fit = words === "" ? 0 : fitOf(place, words);
		return fit === null ? [] : [{ place, fit, at }];
	});
	const sections = JUMP_SECTIONS.map((section) => {
		const own = fitting.filter(({ place }) => place.section === section);
		return own.sort((a, b) => a.fit - b.fit || a.at - b.at).slice(0, MOST[section]);
	});
	const best = (own: readonly { fit: Fit; place: Place }[]) =>
		own[0]?.place.section === "search" ? 9 : (own[0]?.fit ?? 9);
	return sections
		.sort((a, b) => best(a) - best(b)) // stable: equally good sections stay in their own order
		.flat()
		.map(({ place }) => place);
}

function fitOf({ section, title, also }: Place, words: string): Fit | null {
	if (section === "search" || section === "person") return 0; // the server found them by these words
	const fits = [title, ...also].flatMap((name) => fitOfName(plain(name), words) ?? []);
	return fits.length > 0 ? (Math.min(...fits) as Fit) : null;
}

function fitOfName(name: string, words: string): Fit | null {
	if (name.startsWith(words)) return 0;
	if (name.split(/[\s_\-·@/]+/).some((word) => word.startsWith(words))) return 1;
	if (name.includes(words)) return 2;
	return initials(name).startsWith(words) ? 3 : null;
}

function plain(text: string): string {
	return text.normalize("NFKC").trim().toLowerCase();
}

/** The first syllable that begins with each letter of pinyin, in the order of a Chinese dictionary. */
const LETTERS = "abcdefghjklmnopqrstwxyz";
const FIRSTS = [..."阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀"];
const dictionary = new Intl.Collator("zh-u-co-pinyin");

/** The letters with which the words begin, or the syllables of Chinese ones: `sys` for 实验室. */
export function initials(name: string): string {
	const heads = name.match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
	return heads.map((head) => (/\p{Script=Han}/u.test(head) ? letterOf(head) : (head[0] ?? ""))).join("");
}

function letterOf(sign: string): string {
	const at = FIRSTS.findLastIndex((first) => dictionary.compare(first, sign) <= 0);
	return LETTERS[at] ?? "";
}
