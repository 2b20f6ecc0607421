/** A plugin of Vite that lays a gzip and a Brotli copy beside every file that gets smaller by it; pages.py serves them. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(?:js|css|html|svg|json|webmanifest|txt)$/;
const WORTH = 0.9; // of the size: a copy that saves less is only one more file
const ENCODERS = {
	// A block ends after 4,096 symbols instead of 16,384: its codes fit it better, which is worth more than they cost.
	gz: (content: Buffer) => promisify(gzip)(content, { level: 9, memLevel: 6 }),
	br: (content: Buffer) =>
		promisify(brotliCompress)(content, {
			params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
		}),
};

export function compressed(): Plugin {
	let folder = "";
	return {
		name: "hongyan-compressed",
		apply: "build",
		enforce: "post",
		configResolved({ root, build }) {
			folder = join(root, build.outDir);
		},
		async closeBundle() {
			const names = await readdir(folder, { recursive: true });
			await Promise.all(names.filter((name) => COMPRESSIBLE.test(name)).map((name) => compress(join(folder, name))));
		},
	};
}

async function compress(path: string): Promise<void> {
	const content = await readFile(path);
	for (const [suffix, encode] of Object.entries(ENCODERS)) {
		const encoded = await encode(content);
		if (encoded.length < content.length * WORTH) await writeFile(`${path}.${suffix}`, encoded);
	}
}
