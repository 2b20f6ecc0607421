import { expect, test } from "vitest";
import { ApiError, type Raw, Unreachable } from "../../src/net/api";
import { Upload, type UploadState } from "../../src/net/files";
import { FakeClock } from "../support/world";

type Answer = (offset: number, body: Blob) => Promise<Response>;

/** A tus server made of memory. `faults` are what it does instead, request by request. */
class Server {
	readonly asked: string[] = [];
	readonly faults = new Map<string, (() => unknown)[]>();
	stored = new Uint8Array();
	length = 0;
	metadata = "";
	private count = 0;

	readonly raw: Raw = async (method, path, { headers = {}, body, signal }) => {
		this.asked.push(`${method} ${path}${headers["Upload-Offset"] ? ` ${headers["Upload-Offset"]}` : ""}`);
		expect(headers["Tus-Resumable"]).toBe("1.0.0");
		if (signal?.aborted) throw new Unreachable("aborted");
		const answer = this.handlers[method];
		const offset = Number(headers["Upload-Offset"] ?? 0);
		if (method === "POST") {
			this.length = Number(headers["Upload-Length"]);
			this.metadata = headers["Upload-Metadata"] ?? "";
		}
		const fault = this.faults.get(method)?.shift();
		if (fault) await fault();
		if (!answer) throw new ApiError(405, "not_found", method);
		return answer(offset, body ?? new Blob());
	};

	private readonly handlers: Readonly<Record<string, Answer>> = {
		POST: async () => {
			this.count += 1;
			this.stored = new Uint8Array();
			return new Response(null, { status: 201, headers: { Location: `/api/v1/uploads/u${this.count}` } });
		},
		HEAD: async () => this.tell(200),
		PATCH: async (offset, body) => {
			if (offset !== this.stored.length) throw new ApiError(409, "wrong_offset", "another offset");
			this.stored = new Uint8Array([...this.stored, ...new Uint8Array(await body.arrayBuffer())]);
			return this.tell(204);
		},
		DELETE: async () => new Response(null, { status: 204 }),
	};

	private tell(status: number): Response {
		return new Response(null, { status, headers: { "Upload-Offset": String(this.stored.length) } });
	}

	fail(method: string, ...faults: (() => unknown)[]): void {
		this.faults.set(method, faults);
	}
}

const refuse = (status: number, code: string) => () => {
	throw new ApiError(status, code, `refused: ${code}`);
};
const cutOff = () => {
	throw new Unreachable("gone");
};
const FILE = new Blob([new Uint8Array(300_000).fill(7)], { type: "image/png" });

function begin(server: Server, file = FILE) {
	const clock = new FakeClock();
	const seen: UploadState[] = [];
	const upload: Upload = new Upload(server.raw, file, "雁.png", clock, () => seen.push(upload.state));
	return { clock, seen, upload };
}

async function settle(): Promise<void> {
	for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("a file goes up in pieces, with its name and its type", async () => {
	const server = new Server();
	const { upload } = begin(server);
	await upload.resume();
	expect(upload).toMatchObject({ state: "done", sent: 300_000, id: "u1" });
	expect(server.stored).toHaveLength(300_000);
	expect(server.length).toBe(300_000);
	expect(server.metadata).toBe("filename 6ZuBLnBuZw==,filetype aW1hZ2UvcG5n");
	expect(server.asked).toEqual(["POST /uploads", "PATCH /uploads/u1 0", "PATCH /uploads/u1 262144"]);
});

test("where the server has another offset, it is asked for, and the upload goes on there", async () => {
	const server = new Server();
	server.fail("PATCH", () => {
		server.stored = new Uint8Array(100_000).fill(7); // an earlier piece of ours arrived after all
	});
	const { upload } = begin(server);
	await upload.resume();
	expect(upload.state).toBe("done");
	expect(server.stored).toHaveLength(300_000);
	expect(server.asked.slice(1, 4)).toEqual(["PATCH /uploads/u1 0", "HEAD /uploads/u1", "PATCH /uploads/u1 100000"]);
});

test("a lost network is waited for, and then the server says how far it was", async () => {
	const server = new Server();
	server.fail("PATCH", cutOff);
	const { clock, seen, upload } = begin(server);
	const running = upload.resume();
	await settle();
	expect(upload.state).toBe("waiting");
	clock.pass(1_000);
	await running;
	expect(seen).toEqual(["running", "waiting", "running", "done"]);
	expect(server.asked[2]).toBe("HEAD /uploads/u1");
});

test("who is told that the network is back does not wait", async () => {
	const server = new Server();
	server.fail("POST", cutOff);
	const { upload } = begin(server);
	const running = upload.resume();
	await settle();
	expect(upload.state).toBe("waiting");
	await upload.resume();
	await running;
	expect(upload.state).toBe("done");
});

test("a HEAD that finds nothing has no words, and the upload begins anew", async () => {
	const server = new Server();
	server.fail("PATCH", cutOff);
	server.fail("HEAD", refuse(404, "internal"));
	const { clock, upload } = begin(server);
	const running = upload.resume();
	await settle();
	clock.pass(1_000);
	await running;
	expect(upload).toMatchObject({ state: "done", id: "u2" });
});

test("an empty file is up as soon as it is begun", async () => {
	const server = new Server();
	const { upload } = begin(server, new Blob([]));
	await upload.resume();
	expect(upload.state).toBe("done");
	expect(server.asked).toEqual(["POST /uploads"]);
});

test("an upload that was swept away begins anew", async () => {
	const server = new Server();
	server.fail("PATCH", refuse(404, "unknown_upload"));
	const { upload } = begin(server);
	await upload.resume();
	expect(upload).toMatchObject({ state: "done", id: "u2" });
});

test.each([
	["the quota is used up", "POST", 409, "quota_full"],
	["a picture cannot be read", "PATCH", 422, "malformed_picture"],
])("it fails when %s, and is tried again when asked to", async (_reason, method, status, code) => {
	const server = new Server();
	server.fail(method, refuse(status, code));
	const { upload } = begin(server);
	await upload.resume();
	expect(upload.state).toBe("failed");
	expect(upload.error).toMatchObject({ code, message: `refused: ${code}` });
	await upload.resume();
	expect(upload.state).toBe("done");
});

test("a server that never takes a byte is given up", async () => {
	const server = new Server();
	server.fail("PATCH", ...Array.from({ length: 20 }, () => refuse(409, "wrong_offset")));
	const { upload } = begin(server);
	await upload.resume();
	expect(upload.state).toBe("failed");
	expect(server.asked.filter((line) => line.startsWith("PATCH"))).toHaveLength(9);
});

test("a pause stops at once, and going on begins where the server is", async () => {
	const server = new Server();
	const { upload } = begin(server);
	server.fail("PATCH", () => upload.pause());
	await upload.resume();
	expect(upload.state).toBe("paused");
	await upload.resume();
	expect(upload.state).toBe("done");
	expect(server.asked).toContain("HEAD /uploads/u1");
	expect(server.stored).toHaveLength(300_000);
});

test("what is cancelled is thrown away by the server too", async () => {
	const server = new Server();
	const { upload } = begin(server);
	server.fail("PATCH", () => upload.cancel());
	await upload.resume();
	await settle();
	expect(upload.state).toBe("cancelled");
	expect(server.asked.at(-1)).toBe("DELETE /uploads/u1");
	await upload.resume();
	expect(upload.state).toBe("cancelled");
});
