import { expect, test } from "vitest";
import type { Draft } from "../src/contract/drafts";
import { type Traffic, Uploads } from "../src/messenger/uploads";
import { messagesOf } from "../src/model/attachments";
import { ApiError, type Raw } from "../src/net/api";
import { FilesApi } from "../src/net/files";
import { FakeClock } from "./support/world";

const BOB = "user/bob";

/** Uploads to a server that takes everything in one piece, unless `refusals` says otherwise, and holds it at the gate. */
function harbour() {
	const sent: Draft[] = [];
	const refusals: string[] = [];
	const waiting: (() => void)[] = [];
	let gate = false;
	let count = 0;
	const raw: Raw = async (method, _path, { body }) => {
		if (method === "POST") {
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
	return { uploads, sent, refusals, open, close, traffic: () => traffic };
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
	uploads.ship(BOB, BOB, (uploaded) => messagesOf(uploaded, { body: "look" }));
	await settle();
	expect(sent).toEqual([
		{ kind: "image", files: ["1"], body: "look" },
		{ kind: "file", files: ["2"] },
	]);
	expect(traffic()).toEqual({ trays: new Map(), parcels: [] });
});

test("what was sent before its files are up leaves when the last one is", async () => {
	const { uploads, sent, open, close, traffic } = harbour();
	close();
	uploads.add(BOB, [file("a.png")]);
	uploads.ship(BOB, BOB, (uploaded) => messagesOf(uploaded, {}));
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
	uploads.ship(BOB, BOB, (uploaded) => messagesOf(uploaded, {}));
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
	uploads.ship(BOB, BOB, (uploaded) => messagesOf(uploaded, {}));
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
