/** Answers that are still being written: they grow by signals, and their stamped message takes their place. Pure. */

import type { StreamSignal } from "../contract/signals";

const MAX_CHARS = 65_536;

export interface Stream {
	readonly from: string;
	/** Of the message that will be stamped. */
	readonly id: string;
	/** Where `text` begins in the whole, in characters; more than 0 when the beginning was missed. */
	readonly start: number;
	readonly text: string;
	/** When it began here, and when it grew last. */
	readonly at: number;
	readonly grownAt: number;
}

/** What comes again overwrites; after a hole the text begins anew behind it. */
export function withPiece(streams: readonly Stream[], piece: StreamSignal, nowMs: number): readonly Stream[] {
	const before = streams.find((stream) => stream.from === piece.from && stream.id === piece.id);
	const { from, id, offset } = piece;
	const after = grown(before ?? { from, id, start: offset, text: "", at: nowMs, grownAt: nowMs }, piece);
	return [...streams.filter((stream) => stream !== before), { ...after, grownAt: nowMs }];
}

function grown(stream: Stream, { offset, text }: StreamSignal): Stream {
	const held = [...stream.text];
	const joins = offset >= stream.start && offset <= stream.start + held.length;
	if (!joins) return { ...stream, start: offset, text: limited(text) };
	return { ...stream, text: limited(held.slice(0, offset - stream.start).join("") + text) };
}

function limited(text: string): string {
	return text.slice(0, MAX_CHARS);
}

/** The message is there. */
export function withoutStream(streams: readonly Stream[], from: string, id: string): readonly Stream[] {
	const rest = streams.filter((stream) => stream.from !== from || stream.id !== id);
	return rest.length === streams.length ? streams : rest;
}

/** What has not grown for so long was given up. */
export function expireStreams(streams: readonly Stream[], beforeMs: number): readonly Stream[] {
	const rest = streams.filter(({ grownAt }) => grownAt > beforeMs);
	return rest.length === streams.length ? streams : rest;
}
