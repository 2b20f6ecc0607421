/** How the pages look: what a person may choose, and the attributes of the page that follow. Pure. */

/** The first of each is what nobody has to choose. A new one? Also: public/looks.js, app.css. */
export const CHOICES = {
	theme: ["auto", "light", "dark"],
	accent: ["pine", "plum", "indigo", "persimmon"],
	size: ["normal", "smallest", "small", "large", "largest"],
	density: ["cosy", "compact"],
	contrast: ["auto", "high"],
	motion: ["auto", "less"],
} as const;

export type Looks = { readonly [Part in keyof typeof CHOICES]: (typeof CHOICES)[Part][number] };
export type Part = keyof Looks;
export const PARTS = Object.keys(CHOICES) as readonly Part[];

/** The sizes of text as they stand on a scale. */
export const SIZES: readonly Looks["size"][] = ["smallest", "small", "normal", "large", "largest"];

export const LOOKS_KEY = "hongyan.looks";

/** What the system asks for on behalf of its person. */
export interface Wishes {
	readonly contrast: boolean;
	readonly lessMotion: boolean;
}

export const USUAL: Looks = {
	theme: "auto",
	accent: "pine",
	size: "normal",
	density: "cosy",
	contrast: "auto",
	motion: "auto",
};

/** Read what was kept; what is not known is as usual. */
export function parseLooks(text: string | null): Looks {
	const kept = readObject(text);
	const known = PARTS.map((part) => [part, CHOICES[part].find((choice) => choice === kept[part]) ?? USUAL[part]]);
	return Object.fromEntries(known) as Looks;
}

/** The data attributes of the page: `auto` is left for theme alone, which the style sheet asks the system for itself. */
export function attributesOf(looks: Looks, wishes: Wishes): Readonly<Record<Part, string>> {
	return {
		...looks,
		contrast: looks.contrast === "high" || wishes.contrast ? "high" : "usual",
		motion: looks.motion === "less" || wishes.lessMotion ? "less" : "usual",
	};
}

function readObject(text: string | null): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(text ?? "{}");
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
	} catch {
		return {};
	}
}
