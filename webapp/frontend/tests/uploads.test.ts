import { expect, test } from "vitest";
import type { Draft } from "../src/contract/drafts";
import { Depot } from "../src/messenger/depot";
import { type Traffic, Uploads } from "../src/messenger/uploads";
import { ApiError, type Raw, Unreachable } from "../src/net/api";
import { FilesApi } from "../src/net/files";
import { FakeClock, FakeKeep, FakePages, World } from "./support/world";

const BOB = "user/bob";

/** Uploads to a server that takes everything in one piece, unless `refusals` says otherwise, and holds it at the gate. */
function harbour(depot: Depot | null = null) {
	const sent: Draft[] = [];
	const refusals: string[] = [];
	const waiting: (() => void)[] = [];
	const { random } = new World().platform;
	let gate = false;
	let count = 0;
	let unreachable = false;
	const raw: Raw = async (method, _path, { body }) => {
		if (method === "HEAD") return new Response(null, { headers: { "Upload-Offset": "0" } });
		if (method === "POST") {
			if (unreachable) throw new Unreachable("no answer");
			count += 1;
			return new Response(null, { status: 201, headers: { Location: `/api/v1/uploads/${count}` } });
		}
		if (gate) await new Promise<void>((resolve) => waiting.push(resolve));
		const code = refusals.shift();
		if (code) throw new ApiError(413, code, "no");
		return new Response(null, { status: 204, headers: { "Upload-Offset": String(body?.size ?? 0) } });
	};
	const files = new FilesApi(async (_method, path) => {
		const id = path.split("/")[2];
		return { id, name: `${id}`, type: id === "1" ? "image/png" : "text/plain", size: 3 };
	});
	const uploads = new Uploads({
		raw,
		files,
		clock: new FakeClock(),
		examine: async () => ({ durationMs: 900, poster: null }),
		send: (_key, { draft }) => sent.push(draft),
		depot,
		newId: () => random.hex(),
	});
	let traffic: Traffic = { trays: new Map(), parcels: [] };
	uploads.subscribe((now) => {
		traffic = now;
	});
	const open = async () => {
		gate = false;
		for (const go of waiting.splice(0)) go();
		await settle();
	};
	const close = () => {
		gate = true;
	};
	const cut = () => {
		unreachable = true;
	};
	return { cut, uploads, sent, refusals, open, close, traffic: () => traffic };
}

async function settle(): Promise<void> {
	for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function file(name: string, type = "image/png"): File {
	return new File(["abc"], name, { type });
}

test("chosen files go up at once, and leave as messages when the person sends", async () => {
	const { uploads, sent, traffic } = harbour();
	uploads.add(BOB, [file("a.png"), file("b.txt", "text/plain")]);
	await settle();
	expect(
		traffic()
			.trays.get(BOB)
			?.map(({ name, state }) => `${name} ${state}`),
	).toEqual(["a.png done", "b.txt done"]);
	expect(sent).toEqual([]);
	uploads.ship(BOB, BOB, { common: { body: "look" } });
	await settle();
	expect(sent).toEqual([
		{ kind: "image", files: ["1"], body: "look" },
		{ kind: "file", files: ["2"] },
	]);
	expect(traffic()).toEqual({ trays: new Map(), parcels: [] });
});

test("files change places on the tray, as far as it reaches, and a picture can go as it is", async () => {
	const { uploads, sent, traffic } = harbour();
	uploads.add(BOB, [file("a.png"), file("b.txt", "text/plain")]);
	await settle();
	const order = () =>
		traffic()
			.trays.get(BOB)
			?.map(({ name }) => name);
	const [first] = traffic().trays.get(BOB) ?? [];
	uploads.move(BOB, first?.id ?? 0, -1);
	expect(order()).toEqual(["a.png", "b.txt"]);
	uploads.move(BOB, first?.id ?? 0, 1);
	expect(order()).toEqual(["b.txt", "a.png"]);
	uploads.setAsFile(first?.id ?? 0, true);
	uploads.ship(BOB, BOB, { common: {} });
	await settle();
	expect(sent).toEqual([{ kind: "file", files: ["2", "1"] }]);
});

test("what was sent before its files are up leaves when the last one is", async () => {
	const { uploads, sent, open, close, traffic } = harbour();
	close();
	uploads.add(BOB, [file("a.png")]);
	uploads.ship(BOB, BOB, { common: {} });
	await settle();
	expect(traffic().parcels.map(({ key, items }) => [key, items.length])).toEqual([[BOB, 1]]);
	expect(sent).toEqual([]);
	await open();
	expect(sent).toEqual([{ kind: "image", files: ["1"] }]);
});

test("a parcel whose only file that failed is taken out leaves with the others", async () => {
	const { uploads, sent, refusals, traffic } = harbour();
	refusals.push("quota_full");
	uploads.add(BOB, [file("a.png"), file("b.txt")]);
	uploads.ship(BOB, BOB, { common: {} });
	await settle();
	const [failed] = traffic().parcels[0]?.items ?? [];
	expect(failed).toMatchObject({ name: "a.png", state: "failed", error: { code: "quota_full" } });
	expect(sent).toEqual([]);
	uploads.cancel(failed?.id ?? 0);
	await settle();
	expect(sent).toEqual([{ kind: "file", files: ["2"] }]);
});

test("a parcel without a file left is none", async () => {
	const { uploads, sent, close, traffic } = harbour();
	close();
	uploads.add(BOB, [file("a.png")]);
	uploads.ship(BOB, BOB, { common: {} });
	await settle();
	uploads.cancel(traffic().parcels[0]?.items[0]?.id ?? 0);
	expect(traffic().parcels).toEqual([]);
	expect(sent).toEqual([]);
});

test("a file that failed is tried again", async () => {
	const { uploads, refusals, traffic } = harbour();
	refusals.push("quota_full");
	uploads.add(BOB, [file("a.png")]);
	await settle();
	uploads.resume(traffic().trays.get(BOB)?.[0]?.id ?? 0);
	await settle();
	expect(traffic().trays.get(BOB)?.[0]?.state).toBe("done");
});

test("three go up at a time, and a pause takes one out of the queue", async () => {
	const { uploads, open, close, traffic } = harbour();
	close();
	uploads.add(
		BOB,
		["a", "b", "c", "d", "e"].map((name) => file(name)),
	);
	await settle();
	const states = () =>
		traffic()
			.trays.get(BOB)
			?.map(({ state }) => state);
	expect(states()).toEqual(["running", "running", "running", "queued", "queued"]);
	uploads.pause(traffic().trays.get(BOB)?.[3]?.id ?? 0);
	await open();
	expect(states()).toEqual(["done", "done", "done", "paused", "done"]);
	uploads.resume(traffic().trays.get(BOB)?.[3]?.id ?? 0);
	await settle();
	expect(states()).toEqual(["done", "done", "done", "done", "done"]);
});

/** One browser: what one page leaves, the next one finds. */
function browserOf(clock = new FakeClock()) {
	const [keep, alive] = [new FakeKeep(), new Set<string>()];
	const open = (page: string) => new Depot(keep, "ann", new FakePages(page, alive), clock);
	return { keep, alive, open, clock };
}

test("a file that was chosen lies on its tray again when the page is opened anew, and goes up", async () => {
	const { keep, alive, open } = browserOf();
	const first = harbour(open("p1"));
	first.close();
	first.uploads.add(BOB, [file("a.png"), file("b.txt", "text/plain")]);
	await settle();
	alive.clear();
	const second = harbour(open("p2"));
	await second.uploads.takeOver();
	await settle();
	expect(
		second
			.traffic()
			.trays.get(BOB)
			?.map(({ name, type, state }) => `${name} ${type} ${state}`),
	).toEqual(["a.png image/png done", "b.txt text/plain done"]);
	second.uploads.ship(BOB, BOB, { common: { body: "look" } });
	await settle();
	expect(second.sent.map(({ kind }) => kind)).toEqual(["image", "file"]);
	expect([...keep.records.keys()]).toEqual([]);
});

test("what was sent without a network before its file was up leaves from the next page, with its words", async () => {
	const { alive, open } = browserOf();
	const first = harbour(open("p1"));
	first.cut();
	first.uploads.add(BOB, [file("a.png")]);
	first.uploads.ship(BOB, BOB, { common: { body: "look", reply: 3 } });
	first.uploads.shipOne(BOB, file("v.webm", "audio/webm"), "v.webm", {
		common: {},
		said: { duration_ms: 900, waveform: [1, 2] },
	});
	await settle();
	alive.clear();
	const second = harbour(open("p2"));
	await second.uploads.takeOver();
	await settle();
	expect(second.sent).toEqual([
		{ kind: "image", files: ["1"], body: "look", reply: 3 },
		{ kind: "voice", files: ["2"], duration_ms: 900, waveform: [1, 2] },
	]);
});

test("a page leaves alone what another one is at, and what was cancelled is gone", async () => {
	const { keep, open } = browserOf();
	const first = harbour(open("p1"));
	first.close();
	first.uploads.add(BOB, [file("a.png")]);
	await settle();
	const second = harbour(open("p2"));
	await second.uploads.takeOver();
	expect(second.traffic().trays.size).toBe(0);
	first.uploads.cancel(first.traffic().trays.get(BOB)?.[0]?.id ?? 0);
	await settle();
	expect([...keep.records.keys()]).toEqual([]);
});

test("when the sign-in ends nothing goes on, and who signs in again at this page finds it", async () => {
	const { open } = browserOf();
	const first = harbour(open("p1"));
	first.close();
	first.uploads.add(BOB, [file("a.png"), file("b.txt", "text/plain")]);
	first.uploads.ship(BOB, BOB, { common: { body: "look" } });
	await settle();
	first.uploads.stop();
	await first.open();
	expect(first.sent).toEqual([]);
	expect(first.traffic().parcels[0]?.items.map(({ state }) => state)).toEqual(["paused", "paused"]);
	const second = harbour(open("p1"));
	await second.uploads.takeOver();
	await settle();
	expect(second.sent).toEqual([
		{ kind: "image", files: ["1"], body: "look" },
		{ kind: "file", files: ["2"] },
	]);
});

test("after a week, and where it cannot be read, what was left is thrown away", async () => {
	const { keep, alive, open, clock } = browserOf();
	const first = harbour(open("p1"));
	first.close();
	first.uploads.add(BOB, [file("a.png")]);
	await keep.write("ann", [{ store: "uploads", name: "x", value: { name: "x" } }]);
	await settle();
	alive.clear();
	clock.pass(7 * 86_400_000);
	const second = harbour(open("p2"));
	await second.uploads.takeOver();
	expect(second.traffic().trays.size).toBe(0);
	expect([...keep.records.keys()]).toEqual([]);
});

test("without locks nobody knows which page lives: nothing is taken over", async () => {
	const { keep, open, clock } = browserOf();
	harbour(open("p1")).uploads.add(BOB, [file("a.png")]);
	await settle();
	const second = harbour(new Depot(keep, "ann", new FakePages("p2", null), clock));
	await second.uploads.takeOver();
	expect(second.traffic().trays.size).toBe(0);
});
