/** What the start needs comes with the start: no word and no icon of a part that is loaded later. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { PARTS } from "../chunks";
import { later } from "../src/i18n/en/later";
import { start } from "../src/i18n/en/start";
import { later as laterIcons } from "../src/view/icons/later";

const EARLY = ["/src/view/message/Hands.svelte"]; // comes later, and waits for no words
const IMPORT = /^\s*(?:import|export)\s(?!type\b)(?:[^;"']*?\sfrom\s+)?"(\.[^"]+)"/gm;
const FORMS = ["", ".ts", ".svelte", "/index.ts"];
const DICTIONARY = /\b(\w+): Texts\b(?!\[)/g;
const AREA = /const (\w+) = \$derived\(ui\.t\.(\w+)\)/g;

function find(from: string, path: string): string {
	const form = FORMS.find((end) => /\.\w+$/.test(path + end) && existsSync(join(dirname(from), path + end)));
	if (form === undefined) throw new Error(`${from} imports ${path}, which is not there`);
	return join(dirname(from), path + form);
}

/** Each file that is imported from these on, other than by `import()`, and its text. */
function reach(entries: readonly string[]): ReadonlyMap<string, string> {
	const reached = new Map(entries.map((path) => [path.slice(1), ""]));
	for (const path of reached.keys()) {
		const text = readFileSync(path, "utf8");
		reached.set(path, text);
		for (const [, next = ""] of text.matchAll(IMPORT)) {
			const found = find(path, next);
			if (!reached.has(found)) reached.set(found, "");
		}
	}
	return reached;
}

/** `area.word` of all that the text says; the word is "" where it names an area alone. */
function wordsOf(text: string): readonly string[] {
	const dictionaries = ["ui\\.t", ...Array.from(text.matchAll(DICTIONARY), ([, name]) => name)].join("|");
	const paths = text.matchAll(new RegExp(`\\b(?:${dictionaries})\\.(\\w+)(?:\\.(\\w+))?`, "g"));
	const said = Array.from(paths, ([, area, word = ""]) => `${area}.${word}`);
	const areas = Array.from(text.matchAll(AREA)).flatMap(([, name, area]) =>
		Array.from(text.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g")), ([, word]) => `${area}.${word}`),
	);
	return [...said, ...areas];
}

function strayWords(text: string): readonly string[] {
	return wordsOf(text).filter((word) => has(later, word) && !has(start, word));
}

function has(words: object, path: string): boolean {
	const [area = "", word = ""] = path.split(".");
	const found: unknown = Object.hasOwn(words, area) && words[area as keyof typeof words];
	return Boolean(word && typeof found === "object" && found ? Object.hasOwn(found, word) : found);
}

function iconsOf(text: string): readonly string[] {
	const places = [...text.matchAll(/<Icon\b.*?\/>/gs), ...text.matchAll(/\{[^{}]*\}[^{}]*\bIconName\b/g)];
	return places.flatMap(([place]) => Array.from(place.matchAll(/"(\w+)"/g), ([, name = ""]) => name));
}

function strayIcons(text: string): readonly string[] {
	return iconsOf(text).filter((name) => Object.hasOwn(laterIcons, name));
}

const reached = reach([...Object.values(PARTS).flat(), ...EARLY]);
const pages = [...reached].filter(([path]) => /^src\/(?:view|i18n)\//.test(path));

test("the walk goes as far as the first conversation", () => {
	expect([...reached.keys()]).toContain("src/view/message/Words.svelte");
	expect([...reached.keys()]).toContain("src/net/mqtt/packets.ts");
});

test("nothing of what is loaded later is imported", () => {
	expect([...reached.keys()].filter((path) => /\/later\b/.test(path))).toEqual([]);
});

test("the start says only what is said at the start", () => {
	expect(pages.flatMap(([path, text]) => strayWords(text).map((word) => `${path}: ${word}`))).toEqual([]);
});

test("the start draws only what is drawn at the start", () => {
	expect(pages.flatMap(([path, text]) => strayIcons(text).map((name) => `${path}: ${name}`))).toEqual([]);
});

test("a word and an icon of later would be found", () => {
	const text = `const words = $derived(ui.t.composer); {ui.t.signOut} {words.sameOption} {words.draft} {ui.t.craft.tone}`;
	expect(strayWords(text)).toEqual(["signOut.", "craft.tone", "composer.sameOption"]);
	expect(strayWords("const name = (t: Texts) => t.accept + t.groups.listJoin + t.send;")).toEqual(["accept."]);
	expect(strayIcons(`<Icon name={dark ? "sun" : "bin"} size={20} />`)).toEqual(["bin"]);
	expect(
		strayIcons(`const MARKS = { sent: "check", kept: "box" } as const satisfies Record<string, IconName>;`),
	).toEqual(["box"]);
});
