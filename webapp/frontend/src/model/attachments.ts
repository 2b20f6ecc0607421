/** Which messages a handful of files makes. Pure. */

import { type Draft, type FilesDraft, MAX_FILES, type VideoDraft } from "../contract/drafts";
import type { FileObject } from "../contract/kinds";

/** What every content may have, as the composer knows it. */
export type Common = Pick<FilesDraft, "body" | "reply" | "thread" | "mentions" | "disappear_s">;

/** A file that is up; what is known of a film beside. */
export interface Uploaded {
	readonly file: FileObject;
	readonly durationMs: number | null;
	readonly poster: FileObject | null;
	/** Whether it is to be a file, whatever it is. */
	readonly asFile?: boolean;
}

export interface FilesMessage {
	readonly draft: Draft;
	readonly files: readonly FileObject[];
}

/** What becomes of files once they are up: messages with these words, or a recording. Plain data, which is kept. */
export interface Packing {
	readonly common: Common;
	readonly said?: { readonly duration_ms: number; readonly waveform: readonly number[] };
}

const PICTURES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

/** By the type that the server found, or before it is there, by the browser's. */
export function kindOfFile(type: string): "image" | "video" | "file" {
	if (PICTURES.has(type)) return "image";
	return type === "video/mp4" || type === "video/webm" ? "video" : "file";
}

/** Pictures together, each film alone, everything else together, in the order of choosing; the first has the words. */
export function messagesOf(uploaded: readonly Uploaded[], common: Common): FilesMessage[] {
	const { body: _, ...rest } = common;
	return runsOf(uploaded).map((run, index) => messageOf(run, index === 0 ? common : rest));
}

export function unpack(uploaded: readonly Uploaded[], { common, said }: Packing): FilesMessage[] {
	if (!said) return messagesOf(uploaded, common);
	return uploaded.map(({ file }) => ({
		draft: { ...common, ...said, kind: "voice", files: [file.id] },
		files: [file],
	}));
}

function kindOf({ file, asFile = false }: Uploaded): "image" | "video" | "file" {
	return asFile ? "file" : kindOfFile(file.type);
}

function runsOf(uploaded: readonly Uploaded[]): Uploaded[][] {
	const runs: Uploaded[][] = [];
	for (const item of uploaded) {
		const kind = kindOf(item);
		const run = kind === "video" ? undefined : runs.find((other) => joins(other, kind));
		if (run) run.push(item);
		else runs.push([item]);
	}
	return runs;
}

function joins(run: readonly Uploaded[], kind: string): boolean {
	return run.length < MAX_FILES && run.every((item) => kindOf(item) === kind);
}

function messageOf(run: readonly Uploaded[], common: Common): FilesMessage {
	const files = run.map(({ file }) => file);
	const [first] = run;
	const kind = first ? kindOf(first) : "file";
	if (first && kind === "video") return { draft: filmOf(first, common), files };
	return { draft: { ...common, kind: kind === "image" ? "image" : "file", files: files.map(({ id }) => id) }, files };
}

function filmOf({ file, durationMs, poster }: Uploaded, common: Common): VideoDraft {
	const known = { ...(durationMs !== null && { duration_ms: durationMs }), ...(poster && { poster: poster.id }) };
	return { ...common, kind: "video", files: [file.id], ...known };
}

/** 1536 is "1.5 KB": powers of 1024, as file managers show it. */
export function formatSize(bytes: number): string {
	const units = ["B", "KB", "MB", "GB", "TB"];
	const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
	const value = bytes / 1024 ** step;
	return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}
