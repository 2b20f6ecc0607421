/** Every colour that is read or pressed stands out from what lies behind it: WCAG 2.2, 1.4.3 and 1.4.11. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CHOICES } from "../src/model/looks";

const CSS = readFileSync("src/app.css", "utf8");
const BACKGROUNDS = ["--paper", "--surface", "--sunken", "--hover"];

/** [what is read, what it lies on]: at least 4.5, in high contrast 7. */
const TEXTS = [
	...["--ink", "--ink-soft", "--ink-faint", "--accent-strong", "--danger"].flatMap((ink) =>
		BACKGROUNDS.map((ground) => [ink, ground] as const),
	),
	...["--ink", "--ink-soft", "--accent-strong"].map((ink) => [ink, "--accent-wash"] as const),
	["--ink", "--gold-wash"],
	["--danger", "--danger-wash"],
	["--accent-ink", "--accent"],
	["--accent-ink", "--accent-strong"],
	["--mine-ink", "--mine"],
	["--accent-strong", "--mine"],
] as const;

/** Icons, borders of what is typed into, and dots: at least 3. */
const SHAPES = [
	...["--accent", "--gold", "--online", "--danger", "--line-strong"].map((shape) => [shape, "--surface"] as const),
	["--line-strong", "--paper"],
	["--accent", "--accent-wash"],
	["--ink-faint", "--accent-wash"],
] as const;

type Scheme = "light" | "dark";

/** The variables as the cascade leaves them: blocks whose attributes all match, in order. */
function variables(scheme: Scheme, worn: Readonly<Record<string, string>>): (name: string) => string {
	const values = new Map<string, string>();
	for (const [, selector = "", body = ""] of CSS.matchAll(/^(:root|\[data-[^{]*\]) \{([^}]*)\}/gm)) {
		const asked = [...selector.matchAll(/\[data-(\w+)="(\w+)"\]/g)];
		if (!asked.every(([, part = "", choice]) => worn[part] === choice)) continue;
		for (const [, name = "", value = ""] of body.matchAll(/(--[\w-]+): ([^;]+);/g)) values.set(name, value);
	}
	const resolve = (name: string): string => {
		const value = values.get(name) ?? "";
		const other = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
		if (other) return resolve(other);
		const [, light = value, dark = value] = /^light-dark\((#\w+), (#\w+)\)$/.exec(value) ?? [];
		return scheme === "light" ? light : dark;
	};
	return resolve;
}

function luminance(colour: string): number {
	if (!/^#[0-9a-f]{6}$/.test(colour)) throw new Error(`not a colour: ${colour}`);
	const [red, green, blue] = [1, 3, 5].map((at) => {
		const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
		return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	}) as [number, number, number];
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(one: string, other: string): number {
	const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
	return (high + 0.05) / (low + 0.05);
}

test("black on white is the greatest contrast there is, and grey on white is what the standard says", () => {
	expect(ratio("#000000", "#ffffff")).toBeCloseTo(21, 5);
	expect(ratio("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
});

const WORN = (["light", "dark"] as const).flatMap((scheme) =>
	CHOICES.accent.flatMap((accent) => ["usual", "high"].map((contrast) => ({ scheme, accent, contrast }))),
);

describe.each(WORN)("$scheme, $accent, contrast $contrast", ({ scheme, accent, contrast }) => {
	const colour = variables(scheme, { accent, contrast });
	const weak = (pairs: readonly (readonly [string, string])[], least: number) =>
		pairs
			.filter(([front, back]) => ratio(colour(front), colour(back)) < least)
			.map(([front, back]) => `${front} on ${back}: ${ratio(colour(front), colour(back)).toFixed(2)}`);

	test("what is read stands out", () => expect(weak(TEXTS, contrast === "high" ? 7 : 4.5)).toEqual([]));
	test("what is pressed stands out", () => expect(weak(SHAPES, 3)).toEqual([]));
});
