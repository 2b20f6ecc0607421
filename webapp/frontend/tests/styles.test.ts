/** The styles know no left and right: a page that is read from right to left turns around by itself. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const PHYSICAL =
	/\b(?:margin|padding|border)-(?:left|right)\b|border-(?:top|bottom)-(?:left|right)|(?:text-align|float): (?:left|right)|(?<![\w-])(?:left|right): (?!50%)/g;
const FILES = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => /\.(svelte|css)$/.test(file));

function styleOf(file: string): string {
	const text = readFileSync(`src/${file}`, "utf8");
	return file.endsWith(".css") ? text : (/<style>(.*)<\/style>/s.exec(text)?.[1] ?? "");
}

test.each(FILES)("%s", (file) => {
	expect(styleOf(file).match(PHYSICAL) ?? []).toEqual([]);
});
