import { expect, test } from "vitest";
import { formatSize, messagesOf, type Uploaded } from "../../src/model/attachments";

function file(id: string, type: string): Uploaded {
	const facts = { id, name: `${id}.bin`, type, size: 5, width: null, height: null, thumb: false };
	return { file: facts, durationMs: null, poster: null };
}

function kinds(uploaded: Uploaded[]): string[] {
	return messagesOf(uploaded, {}).map(({ files, draft }) => `${draft.kind} ${files.map(({ id }) => id).join("")}`);
}

test("pictures stand together, a film alone, everything else together", () => {
	const chosen = [file("a", "image/png"), file("b", "video/mp4"), file("c", "text/plain"), file("d", "image/gif")];
	expect(kinds([...chosen, file("e", "application/zip"), file("f", "video/webm")])).toEqual([
		"image ad",
		"video b",
		"file ce",
		"video f",
	]);
});

test("a tenth picture begins another message", () => {
	expect(kinds([..."abcdefghij"].map((id) => file(id, "image/jpeg")))).toEqual(["image abcdefghi", "image j"]);
});

test("the words stand with the first message, the thread with each", () => {
	const [first, second] = messagesOf([file("a", "image/png"), file("b", "text/plain")], { body: "look", thread: 7 });
	expect(first?.draft).toEqual({ kind: "image", files: ["a"], body: "look", thread: 7 });
	expect(second?.draft).toEqual({ kind: "file", files: ["b"], thread: 7 });
});

test("a picture that is to go as it is goes with the files", () => {
	const original = { ...file("b", "image/png"), asFile: true };
	expect(kinds([file("a", "image/png"), original, file("c", "text/plain")])).toEqual(["image a", "file bc"]);
});

test("a film says how long it is, and has its poster", () => {
	const poster = file("p", "image/jpeg").file;
	const [film] = messagesOf([{ ...file("f", "video/mp4"), durationMs: 1500, poster }], {});
	expect(film?.draft).toEqual({ kind: "video", files: ["f"], duration_ms: 1500, poster: "p" });
});

test.each([
	[0, "0 B"],
	[1023, "1023 B"],
	[1536, "1.5 KB"],
	[10_485_760, "10 MB"],
	[1_288_490_189, "1.2 GB"],
])("%i bytes read as %s", (bytes, text) => {
	expect(formatSize(bytes)).toBe(text);
});
