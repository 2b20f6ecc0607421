/**
 * The files of the pages, kept so that they open without a network.
 *
 * A build is kept whole or not at all, so that an open page finds its own files when the server has newer ones already.
 * What the API answers is never kept: it is private.
 */

import type { Clock } from "../platform/platform";

export interface Build {
	readonly version: string;
	/** The file that the page names first. */
	readonly entry: string;
	/** Paths, without the page itself. */
	readonly files: readonly string[];
}

/** What of a request decides. */
export interface Asked {
	readonly url: string;
	readonly method: string;
	readonly mode: string;
}

const PREFIX = "hongyan-pages-";
const PAGE = "/";
const AT_ONCE = 3; // files, of a hundred and more
const PATIENCE_MS = 2_000; // for a network that is there and does not answer
const NOT_PAGES = /^\/(?:api|mqtt|oidc|healthz)(?:\/|$)|\.[^/]*$/;

export class Shell<Q extends Asked = Request> {
	private readonly name: string;
	private readonly files: ReadonlySet<string>;

	constructor(
		private readonly build: Build,
		private readonly origin: string,
		private readonly caches: CacheStorage,
		private readonly fetch: (request: Q) => Promise<Response>,
		private readonly clock: Clock,
	) {
		this.name = PREFIX + build.version;
		this.files = new Set(build.files);
	}

	/**
	 * Keep the whole build. Throws where it cannot be had, or the server has another one by now: asked again later.
	 *
	 * Nobody waits for it: a few files at a time leave the network and the processor to whoever reads meanwhile.
	 */
	async keep(): Promise<void> {
		const cache = await this.caches.open(this.name);
		const all = [PAGE, ...this.build.files];
		for (let from = 0; from < all.length; from += AT_ONCE) await cache.addAll(all.slice(from, from + AT_ONCE));
		const page = await cache.match(PAGE);
		if (!(await page?.text())?.includes(this.build.entry)) throw new Error("the page is of another build");
	}

	/** Let go of older builds, which no page uses any more. */
	async dropOthers(): Promise<void> {
		const names = await this.caches.keys();
		const old = names.filter((name) => name.startsWith(PREFIX) && name !== this.name);
		await Promise.all(old.map((name) => this.caches.delete(name)));
	}

	/** The answer to a request for the pages or a file of theirs; null: it is not ours to answer. */
	answer(request: Q): Promise<Response> | null {
		const { origin, pathname } = new URL(request.url);
		if (request.method !== "GET" || origin !== this.origin) return null;
		if (request.mode === "navigate") return NOT_PAGES.test(pathname) ? null : this.page(request);
		return this.files.has(pathname) || pathname.startsWith("/assets/") ? this.file(request) : null;
	}

	/** The server's page where it answers in time, the kept one otherwise. */
	private async page(request: Q): Promise<Response> {
		const network = this.fetch(request);
		const answer = await Promise.race([network.catch(() => null), this.patience()]);
		if (answer !== null && answer.status < 500) return answer;
		const kept = await (await this.caches.open(this.name)).match(PAGE);
		return kept ?? network;
	}

	private patience(): Promise<null> {
		return new Promise((resolve) => this.clock.after(PATIENCE_MS, () => resolve(null)));
	}

	/** An open page may still be of an older build. */
	private async file(request: Q): Promise<Response> {
		const kept = await this.caches.match(new URL(request.url).pathname, { ignoreVary: true });
		return kept ?? this.fetch(request);
	}
}
