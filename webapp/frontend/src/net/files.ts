/** Uploads by tus 1.0 (tus.io): in pieces, each acknowledged, so that a lost network costs one piece. */

import { parseStorage, type Storage } from "../contract/files";
import { type FileObject, parseFile } from "../contract/kinds";
import type { Clock } from "../platform/platform";
import { ApiError, type Call, type Raw, Unreachable } from "./api";

const TUS = { "Tus-Resumable": "1.0.0" };
const FIRST_PIECE_BYTES = 256 * 1024;
const MAX_PIECE_BYTES = 8 * 1024 * 1024;
/** A piece takes about so long, whatever the network: progress is seen, and little is lost. */
const QUICK_MS = 500;
const SLOW_MS = 2_000;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
const MAX_IN_VAIN = 8; // times that the server answers without taking a byte

/** `queued`: not begun. `waiting`: no network or a busy server; it goes on by itself. */
export type UploadState = "queued" | "running" | "waiting" | "paused" | "done" | "failed" | "cancelled";

/** What a refusal means for an upload, by its code or, where a HEAD or a proxy tells none, its status. Others end it. */
const VERDICTS: Readonly<Record<string, "ask" | "anew" | "later">> = {
	wrong_offset: "ask", // another offset than we believe
	404: "anew", // it was swept away
	410: "anew",
	423: "later", // an earlier piece of ours is still being written
	429: "later",
	502: "later",
	503: "later",
	504: "later",
};

export class FilesApi {
	constructor(private readonly call: Call) {}

	async about(id: string): Promise<FileObject> {
		return parseFile(await this.call("GET", `/files/${id}/about`));
	}

	async storage(): Promise<Storage> {
		return parseStorage(await this.call("GET", "/me/storage"));
	}
}

export class Upload {
	state: UploadState = "queued";
	/** Bytes that the server has. */
	sent = 0;
	/** Why it failed. */
	error: unknown = null;
	/** Of the upload, and of the file once it is done. */
	id: string | null = null;
	private unsure = false;
	private pieceBytes = FIRST_PIECE_BYTES;
	private inVain = 0;
	private failures = 0;
	private stop = new AbortController();
	private wake: (() => void) | null = null;

	constructor(
		private readonly raw: Raw,
		private readonly file: Blob,
		private readonly name: string,
		private readonly clock: Clock,
		private readonly changed: () => void,
	) {}

	/** Begin, or go on where the server has it. Returns when it is done, or has ended otherwise. */
	async resume(): Promise<void> {
		if (this.state === "waiting") this.wake?.();
		if (!["queued", "paused", "failed"].includes(this.state)) return;
		this.stop = new AbortController();
		this.inVain = 0;
		this.turn("running");
		const { signal } = this.stop;
		while (!signal.aborted && this.isGoing) await this.step(signal);
	}

	/** It was begun by an earlier page: the server knows how far it is. */
	goOnWith(id: string): void {
		this.id = id;
		this.unsure = true;
	}

	private get isGoing(): boolean {
		return this.state === "running" || this.state === "waiting";
	}

	pause(): void {
		if (this.isGoing || this.state === "queued") this.halt("paused");
	}

	/** For good: what the server has is thrown away. */
	cancel(): void {
		if (this.state === "done" || this.state === "cancelled") return;
		this.halt("cancelled");
		if (this.id) void this.raw("DELETE", this.path, { headers: TUS }).catch(() => undefined); // else it is swept
	}

	private halt(state: UploadState): void {
		this.unsure = true; // the server may have more than it could tell
		this.turn(state);
		this.stop.abort();
		this.wake?.();
	}

	private turn(state: UploadState): void {
		this.state = state;
		this.changed();
	}

	private get path(): string {
		return `/uploads/${this.id}`;
	}

	private async step(signal: AbortSignal): Promise<void> {
		try {
			if (this.id === null) await this.create(signal);
			if (this.unsure) await this.askOffset(signal);
			if (this.sent < this.file.size) await this.sendPiece(signal);
			if (!signal.aborted) this.turn(this.sent < this.file.size ? "running" : "done");
		} catch (error) {
			if (!signal.aborted) await this.answer(error);
		}
	}

	private async create(signal: AbortSignal): Promise<void> {
		const metadata = `filename ${encode(this.name)},filetype ${encode(this.file.type || "application/octet-stream")}`;
		const headers = { ...TUS, "Upload-Length": String(this.file.size), "Upload-Metadata": metadata };
		const { headers: told } = await this.raw("POST", "/uploads", { headers, signal });
		const id = (told.get("Location") ?? "").split("/").at(-1);
		if (!id) throw new ApiError(500, "internal", "no place for the upload");
		this.id = id;
		this.sent = 0;
		this.unsure = false;
	}

	private async askOffset(signal: AbortSignal): Promise<void> {
		const { headers } = await this.raw("HEAD", this.path, { headers: TUS, signal });
		this.sent = readOffset(headers);
		this.unsure = false;
	}

	private async sendPiece(signal: AbortSignal): Promise<void> {
		const began = this.clock.now();
		const { pieceBytes, sent } = this;
		const headers = { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(sent) };
		const body = this.file.slice(sent, sent + pieceBytes);
		const { headers: told } = await this.raw("PATCH", this.path, { headers, body, signal });
		this.sent = readOffset(told);
		if (this.sent > sent) this.inVain = this.failures = 0;
		const took = this.clock.now() - began;
		if (took < QUICK_MS) this.pieceBytes = Math.min(MAX_PIECE_BYTES, pieceBytes * 2);
		else if (took > SLOW_MS) this.pieceBytes = Math.max(FIRST_PIECE_BYTES, pieceBytes / 2);
	}

	private async answer(error: unknown): Promise<void> {
		const verdict = judge(error);
		if (!(error instanceof Unreachable)) this.inVain += 1; // without a network it waits as long as it takes
		if (verdict === undefined || this.inVain > MAX_IN_VAIN) {
			this.error = error;
			this.unsure = true;
			return this.turn("failed");
		}
		this.unsure = verdict !== "anew";
		if (verdict === "anew") this.id = null;
		if (verdict === "later") await this.wait(error);
	}

	private async wait(error: unknown): Promise<void> {
		this.failures += 1;
		const asked = error instanceof ApiError && error.waitS !== null ? error.waitS * 1_000 : 0;
		const delayMs = Math.max(asked, Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.failures - 1, 5)));
		this.turn("waiting");
		await new Promise<void>((resolve) => {
			const cancel = this.clock.after(delayMs, resolve);
			this.wake = () => {
				cancel();
				resolve();
			};
		});
		this.wake = null;
	}
}

function judge(error: unknown): "ask" | "anew" | "later" | undefined {
	if (error instanceof Unreachable) return "later";
	return error instanceof ApiError ? (VERDICTS[error.code] ?? VERDICTS[error.status]) : undefined;
}

function readOffset(headers: Headers): number {
	const offset = Number.parseInt(headers.get("Upload-Offset") ?? "", 10);
	if (Number.isNaN(offset)) throw new ApiError(500, "internal", "no Upload-Offset");
	return offset;
}

/** Base64 of UTF-8. */
function encode(text: string): string {
	return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
