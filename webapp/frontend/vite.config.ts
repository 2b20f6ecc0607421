import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { startAhead } from "./ahead.ts";
import { chunkNames } from "./chunks.ts";
import { emojiData } from "./emoji.ts";
import { leanSvelte } from "./lean.ts";
import { fileNames } from "./names.ts";
import { serviceWorker } from "./serviceworker.ts";

// `npm run dev` shows the pages with the API and MQTT of a `hongyan serve` on its usual port.
const backend = "http://127.0.0.1:8000";

export default defineConfig({
	plugins: [svelte(), leanSvelte(), emojiData(), startAhead(), serviceWorker()],
	base: "/",
	build: {
		outDir: "../hongyan_web/ui",
		emptyOutDir: true,
		target: "es2022",
		cssTarget: ["chrome123", "firefox121", "safari17.5"], // light-dark() and field-sizing as they stand
		assetsInlineLimit: 0, // the content security policy is simplest when every file is a file
		rolldownOptions: {
			checks: { pluginTimings: false },
			output: {
				...fileNames(import.meta.dirname),
				codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkNames(import.meta.dirname) }] },
			},
		},
	},
	server: { proxy: { "/api": backend, "/mqtt": { target: backend, ws: true } } },
	test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
