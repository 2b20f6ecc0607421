/** What another program of the system handed to us, from the worker that took it to the page that asks where it goes. */

/** Texts are "" where none came. */
export interface Shared {
	readonly title: string;
	readonly text: string;
	readonly url: string;
	readonly files: readonly File[];
	readonly at: number;
}

const MAX_TEXT = 20_000;
const MAX_FILES = 9; // of one message

/** The names of the fields are those of `share_target` in the manifest. */
export function readForm(form: FormData, at: number): Shared {
	return readShared((name) => form.get(name), form.getAll("files"), at);
}

/** One that was kept; none if it is not what we keep. */
export function parseShared(value: unknown): Shared[] {
	if (typeof value !== "object" || value === null) return [];
	const fields = value as Readonly<Record<string, unknown>>;
	const files = Array.isArray(fields.files) ? fields.files : [];
	return [readShared((name) => fields[name], files, typeof fields.at === "number" ? fields.at : 0)];
}

/** All that came since somebody last looked, as one; null: nothing. */
export function together(all: readonly Shared[]): Shared | null {
	const shared = all.filter((one) => textOf(one) !== "" || one.files.length > 0);
	if (shared.length === 0) return null;
	const files = shared.flatMap((one) => one.files).slice(0, MAX_FILES);
	return { title: "", text: shared.map(textOf).filter(Boolean).join("\n"), url: "", files, at: shared[0]?.at ?? 0 };
}

/** The words to send: programs put the same address into the text and beside it. */
export function textOf({ title, text, url }: Shared): string {
	const lines = [title, text, url].map((line) => line.trim());
	return lines
		.filter((line, index) => line && !lines.some((other, at) => at !== index && covers(other, at, line, index)))
		.join("\n");
}

/** Whether another line says it already; of two that are the same the first stays. */
function covers(other: string, at: number, line: string, index: number): boolean {
	return other === line ? at < index : other.includes(line);
}

function readShared(read: (name: string) => unknown, files: readonly unknown[], at: number): Shared {
	const text = (name: string) => {
		const value = read(name);
		return typeof value === "string" ? value.slice(0, MAX_TEXT) : "";
	};
	const real = files.filter((file): file is File => file instanceof File && file.size > 0);
	return { title: text("title"), text: text("text"), url: text("url"), files: real.slice(0, MAX_FILES), at };
}
