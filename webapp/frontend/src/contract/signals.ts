/** What is delivered on `im/{me}/live/signal/...` and `live/card/...`: nobody stores it in the log. docs/messages.md "Live" */

import { asObject, type Fields, readInteger, readList, readObject, readString, readText } from "./decode";

export type Signal =
	| { readonly type: "typing" | "recording"; readonly from: string }
	| StreamSignal
	| {
			readonly type: "command";
			readonly from: string;
			readonly for: string;
			readonly card: string;
			readonly command: string;
	  };

/** `text` stands at `offset`, in characters, of the message that `from` will send with this id. */
export interface StreamSignal {
	readonly type: "stream";
	readonly from: string;
	readonly id: string;
	readonly offset: number;
	readonly text: string;
}

/** A device's latest values. Without any in `data` the card is taken away. */
export interface Card {
	readonly name: string;
	readonly title: string;
	readonly body: string;
	readonly data: Fields;
	readonly buttons: readonly Button[];
	readonly from: string;
	readonly at: number;
}

export interface Button {
	readonly label: string;
	readonly command: string;
}

/** Parse a signal; null for one of tomorrow. */
export function parseSignal(value: unknown): Signal | null {
	const fields = asObject(value, "signal");
	const from = readString(fields, "from");
	const { type } = fields;
	if (type === "typing" || type === "recording") return { type, from };
	if (type === "stream") {
		const [id, text] = [readString(fields, "id"), readString(fields, "text")];
		return { type, from, id, offset: readInteger(fields, "offset"), text };
	}
	if (type !== "command") return null;
	const [card, command] = [readString(fields, "card"), readString(fields, "command")];
	return { type, from, for: readString(fields, "for"), card, command };
}

/** What a message in the making says, with one more piece of it; a piece that leaves a hole changes nothing. */
export function withPiece(sofar: string, { offset, text }: StreamSignal): string {
	const characters = [...sofar];
	return offset > characters.length ? sofar : characters.slice(0, offset).join("") + text;
}

export function parseCard(value: unknown): Card {
	const fields = asObject(value, "card");
	const name = readString(fields, "name");
	return {
		name,
		title: readText(fields, "title") || name,
		body: readText(fields, "body"),
		data: readObject(fields, "data"),
		buttons: fields.buttons === undefined ? [] : readList(fields, "buttons", parseButton),
		from: readString(fields, "from"),
		at: readInteger(fields, "at"),
	};
}

function parseButton(value: unknown): Button {
	const fields = asObject(value, "button");
	return { label: readString(fields, "label"), command: readString(fields, "command") };
}
