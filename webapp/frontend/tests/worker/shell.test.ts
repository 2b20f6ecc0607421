import { describe, expect, test } from "vitest";
import { type Asked, Shell } from "../../src/worker/shell";
import { FakeClock } from "../support/world";

const HOME = "https://chat.example";
const BUILD = { version: "v2", entry: "/assets/main-2.js", files: ["/assets/main-2.js", "/goose.svg"] };
const PAGE = '<script type="module" src="/assets/main-2.js"></script>';

/** Caches that are maps; what is added comes from `server`. */
class FakeCaches {
	readonly all = new Map<string, Map<string, string>>();
	/** What was asked of the server, by what was asked together. */
	readonly handfuls: (readonly string[])[] = [];
	constructor(private readonly server: Readonly<Record<string, string>>) {}

	async open(name: string) {
		const files = this.all.get(name) ?? new Map<string, string>();
		this.all.set(name, files);
		return {
			addAll: async (paths: readonly string[]) => {
				this.handfuls.push(paths);
				for (const path of paths) {
					const body = this.server[path];
					if (body === undefined) throw new TypeError(`${path}: 404`);
					files.set(path, body);
				}
			},
			match: async (path: string) => respond(files.get(path)),
		};
	}

	keys = async () => [...this.all.keys()];
	delete = async (name: string) => this.all.delete(name);
	match = async (path: string) => respond([...this.all.values()].map((files) => files.get(path)).find(Boolean));
}

function respond(body: string | undefined): Response | undefined {
	return body === undefined ? undefined : new Response(body);
}

function makeShell(
	network: (request: Asked) => Promise<Response>,
	server: Record<string, string> = SERVER,
	build = BUILD,
) {
	const caches = new FakeCaches(server);
	const clock = new FakeClock();
	const shell = new Shell<Asked>(build, HOME, caches as unknown as CacheStorage, network, clock);
	return { caches, clock, shell };
}

const SERVER = { "/": PAGE, "/assets/main-2.js": "two", "/goose.svg": "goose" };
const away = () => Promise.reject(new TypeError("no network"));
const visit = (path: string): Asked => ({ url: HOME + path, method: "GET", mode: "navigate" });
const load = (path: string, method = "GET"): Asked => ({ url: HOME + path, method, mode: "cors" });
const read = async (answer: Promise<Response> | null) => (await answer)?.text();

describe("what is answered", () => {
	test.each([
		["an upload", load("/share", "POST")],
		["the API", load("/api/v1/me")],
		["a download", visit("/api/v1/me/export")],
		["a picture of somebody", load("/api/v1/people/bob/picture?v=3")],
		["a sign-in elsewhere", visit("/oidc/start")],
		["a file that is opened by its address", visit("/goose.svg")],
		["the worker itself", load("/sw.js")],
		["another site", { url: "https://else.example/", method: "GET", mode: "navigate" }],
	])("%s is not ours", (_what, request) => {
		expect(makeShell(away).shell.answer(request)).toBeNull();
	});
});

describe("opening the pages", () => {
	test("the server's page comes first", async () => {
		const { shell } = makeShell(async () => new Response("newest"));
		await shell.keep();
		expect(await read(shell.answer(visit("/")))).toBe("newest");
	});

	test.each(["/", "/chat/user/bob", "/anything"])("without a network %s is the kept page", async (path) => {
		const { shell } = makeShell(away);
		await shell.keep();
		expect(await read(shell.answer(visit(path)))).toBe(PAGE);
	});

	test("a server that is down behind its proxy counts as no network", async () => {
		const { shell } = makeShell(async () => new Response("bad gateway", { status: 502 }));
		await shell.keep();
		expect(await read(shell.answer(visit("/")))).toBe(PAGE);
	});

	test("a network that does not answer is waited for two seconds", async () => {
		const { shell, clock } = makeShell(() => new Promise(() => undefined));
		await shell.keep();
		const answer = read(shell.answer(visit("/")));
		clock.pass(1_999);
		expect(await Promise.race([answer, Promise.resolve("waiting")])).toBe("waiting");
		clock.pass(1);
		expect(await answer).toBe(PAGE);
	});

	test("where nothing is kept the network's own answer stands", async () => {
		const { shell } = makeShell(async () => new Response("bad gateway", { status: 502 }));
		expect(await read(shell.answer(visit("/")))).toBe("bad gateway");
		await expect(makeShell(away).shell.answer(visit("/"))).rejects.toThrow("no network");
	});
});

describe("files", () => {
	test("a kept file is not asked for again, an unknown one is", async () => {
		const { shell } = makeShell(async ({ url }) => new Response(`asked for ${url}`));
		await shell.keep();
		expect(await read(shell.answer(load("/assets/main-2.js")))).toBe("two");
		expect(await read(shell.answer(load("/assets/main-3.js")))).toBe(`asked for ${HOME}/assets/main-3.js`);
	});

	test("a page of the older build finds its files until they are dropped", async () => {
		const { shell, caches } = makeShell(away);
		caches.all.set("hongyan-pages-v1", new Map([["/assets/main-1.js", "one"]]));
		caches.all.set("another program's", new Map());
		await shell.keep();
		expect(await read(shell.answer(load("/assets/main-1.js")))).toBe("one");
		await shell.dropOthers();
		expect([...caches.all.keys()]).toEqual(["another program's", "hongyan-pages-v2"]);
		await expect(shell.answer(load("/assets/main-1.js"))).rejects.toThrow("no network");
	});
});

describe("keeping a build", () => {
	test("its files are asked for a few at a time, so that others have their turn", async () => {
		const files = ["/assets/main-2.js", "/b", "/c", "/d", "/e", "/f", "/g"];
		const server = { ...Object.fromEntries(files.map((file) => [file, file])), "/": PAGE };
		const { shell, caches } = makeShell(away, server, { ...BUILD, files });
		await shell.keep();
		expect(caches.handfuls).toEqual([
			["/", "/assets/main-2.js", "/b"],
			["/c", "/d", "/e"],
			["/f", "/g"],
		]);
	});

	test("a file that is gone keeps the worker from being installed", async () => {
		await expect(makeShell(away, { "/": PAGE, "/goose.svg": "goose" }).shell.keep()).rejects.toThrow("404");
	});

	test("the page of another build is not laid beside the files of this one", async () => {
		const server = { ...SERVER, "/": '<script type="module" src="/assets/main-3.js"></script>' };
		await expect(makeShell(away, server).shell.keep()).rejects.toThrow("another build");
	});
});
