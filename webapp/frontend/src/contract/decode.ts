/** Readers of what came over the wire: `unknown` in, a typed value out, or a `Malformed` that names the field. */

export class Malformed extends Error {
	override name = "Malformed";
}

export type Fields = Readonly<Record<string, unknown>>;

export function asObject(value: unknown, what = "value"): Fields {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new Malformed(`${what}: not an object`);
	return value as Fields;
}

export function readString(fields: Fields, name: string): string {
	const value = fields[name];
	if (typeof value !== "string") throw new Malformed(`${name}: not a string`);
	return value;
}

/** A string, or "" when it is absent, null or of another type: for what is only shown. */
export function readText(fields: Fields, name: string): string {
	const value = fields[name];
	return typeof value === "string" ? value : "";
}

export function readInteger(fields: Fields, name: string): number {
	const value = fields[name];
	if (typeof value !== "number" || !Number.isInteger(value)) throw new Malformed(`${name}: not an integer`);
	return value;
}

/** An integer, or `otherwise` when it is absent or null. */
export function readOptionalInteger<T>(fields: Fields, name: string, otherwise: T): number | T {
	return fields[name] === undefined || fields[name] === null ? otherwise : readInteger(fields, name);
}

export function readObject(fields: Fields, name: string): Fields {
	return asObject(fields[name], name);
}

export function readList<T>(fields: Fields, name: string, parse: (item: unknown) => T): readonly T[] {
	const value = fields[name];
	if (!Array.isArray(value)) throw new Malformed(`${name}: not a list`);
	return value.map(parse);
}

/** One of `words`, or `otherwise` for a word of tomorrow. */
export function readWord<W extends string>(fields: Fields, name: string, words: readonly W[], otherwise: W): W {
	const value = fields[name];
	return words.find((word) => word === value) ?? otherwise;
}

/** Only an image that is part of the answer: nothing is fetched from elsewhere. */
export function readImage(fields: Fields, name: string): string {
	const text = readText(fields, name);
	return text.startsWith("data:image/") ? text : "";
}
