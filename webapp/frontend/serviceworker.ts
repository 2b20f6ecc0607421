/**
 * `/sw.js`: src/worker/worker.ts in one piece. It is told the names of all files of this build, which it keeps.
 *
 * One piece, for not every browser starts a worker that imports; of a fixed name, for browsers ask for it again by it.
 */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin, type Rollup } from "vite";

const NAME = "virtual:build";

export function serviceWorker(): Plugin {
	let root = "";
	let publicDir = "";
	return {
		name: "hongyan-worker",
		apply: "build",
		enforce: "post",
		configResolved(config) {
			({ root, publicDir } = config);
		},
		generateBundle: {
			order: "post",
			async handler(_options, bundle) {
				const shown = await filesIn(publicDir);
				const made = Object.values(bundle).filter(({ fileName }) => fileName.startsWith("assets/"));
				const entry = made.find((file) => file.type === "chunk" && file.isEntry)?.fileName;
				if (!entry) throw new Error("the build has no entry"); // the pages would never be kept
				const digest = createHash("sha256").update(made.map(({ fileName }) => fileName).join("\n"));
				for (const name of shown) digest.update(await readFile(join(publicDir, name)));
				const files = [...made.map(({ fileName }) => fileName), ...shown].map((name) => `/${name}`);
				const facts = { version: digest.digest("hex").slice(0, 16), entry: `/${entry}`, files };
				this.emitFile({ type: "asset", fileName: "sw.js", source: await bundleWorker(root, facts) });
			},
		},
	};
}

/** Not what lies in folders: icons are asked for by the system when it installs or notifies, not by the pages. */
async function filesIn(folder: string): Promise<string[]> {
	const entries = await readdir(folder, { withFileTypes: true });
	return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
}

async function bundleWorker(root: string, facts: object): Promise<string> {
	const built = (await build({
		root,
		configFile: false,
		publicDir: false,
		logLevel: "warn",
		plugins: [factsOf(facts)],
		build: {
			write: false,
			target: "es2022",
			modulePreload: false,
			rolldownOptions: {
				input: join(root, "src/worker/worker.ts"),
				output: { format: "iife", codeSplitting: false },
			},
		},
	})) as Rollup.RollupOutput;
	return built.output[0].code;
}

function factsOf(facts: object): Plugin {
	return {
		name: "hongyan-build",
		resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
		load: (id) => (id === `\0${NAME}` ? `export const BUILD = ${JSON.stringify(facts)};` : null),
	};
}
