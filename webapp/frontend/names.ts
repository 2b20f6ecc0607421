/**
 * Where the files of a build lie: in one folder that is called after what they were built from.
 *
 * A hash in each name is worth 6 bytes that no compression takes away, twice for every part that is loaded later: it cost
 * the start 1.7 KB. It told nothing more, either: all parts name the first ones, so all names changed with any of them.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const NOT_READ = /^(?:\.|node_modules|tests|coverage)/;

/** For `output`: without the hashes. */
export function fileNames(root: string) {
	const folder = `assets/${digestOf(root)}`;
	return {
		entryFileNames: `${folder}/[name].js`,
		chunkFileNames: `${folder}/[name].js`,
		assetFileNames: `${folder}/[name].[ext]`,
	};
}

/** Of names and contents of all that a build reads; libraries count by their versions, which package-lock.json has. */
function digestOf(root: string): string {
	const digest = createHash("sha256");
	const names = readdirSync(root).filter((name) => !NOT_READ.test(name));
	for (const name of names.flatMap((name) => filesUnder(root, name)).sort()) {
		const content = readFileSync(join(root, name));
		digest.update(`${name}\0${content.length}\0`).update(content);
	}
	return digest.digest("hex").slice(0, 12);
}

function filesUnder(root: string, name: string): readonly string[] {
	if (!statSync(join(root, name)).isDirectory()) return [name];
	return readdirSync(join(root, name)).flatMap((inner) => filesUnder(root, `${name}/${inner}`));
}
