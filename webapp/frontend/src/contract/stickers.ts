/** Packs of stickers, as the API tells of them. */

import { asObject, readList, readString, readText } from "./decode";
import { type FileObject, parseFile } from "./kinds";

export interface PackSticker {
	readonly name: string;
	readonly emoji: string;
	readonly file: FileObject;
}

export interface Pack {
	readonly name: string;
	readonly title: string;
	/** The user name of whoever made it. */
	readonly owner: string;
	/** Whether it is among one's own packs. */
	readonly saved: boolean;
	readonly stickers: readonly PackSticker[];
}

export function parsePack(value: unknown): Pack {
	const fields = asObject(value, "pack");
	const name = readString(fields, "name");
	return {
		name,
		title: readText(fields, "title") || name,
		owner: readText(fields, "owner"),
		saved: fields.saved === true,
		stickers: readList(fields, "stickers", parseSticker),
	};
}

function parseSticker(value: unknown): PackSticker {
	const fields = asObject(value, "sticker");
	return { name: readString(fields, "name"), emoji: readText(fields, "emoji"), file: readFile(fields.file) };
}

/** A file, or its id alone. */
function readFile(value: unknown): FileObject {
	return parseFile(typeof value === "string" ? { id: value, type: "image/webp", thumb: true } : value);
}
