/** How loud a recording is, as bars. Pure. */

import { twoDigits } from "./digits";

export const BARS = 48; // of a message; the kind allows 128
const LOUDEST = 31;

/** The loudness of what a microphone heard: samples from 0 to 255 about 128; 0 to 1. */
export function loudness(samples: Uint8Array): number {
	let most = 0;
	for (const sample of samples) most = Math.max(most, Math.abs(sample - 128));
	return most / 128;
}

/** `count` bars from 0 to 31 of what was measured, the loudest at 31; fewer where less was measured. */
export function barsOf(levels: readonly number[], count = BARS): number[] {
	const parts = Math.min(count, levels.length);
	const bars = Array.from({ length: parts }, (_, part) => {
		const [from, to] = [(part * levels.length) / parts, ((part + 1) * levels.length) / parts];
		return Math.max(...levels.slice(Math.floor(from), Math.ceil(to)));
	});
	const loudest = Math.max(0.05, ...bars); // silence stays low
	return bars.map((bar) => Math.round((bar / loudest) * LOUDEST));
}

/** 65 000 is "1:05". */
export function formatDuration(durationMs: number): string {
	const seconds = Math.floor(durationMs / 1_000);
	return `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`;
}
