/** Sizes and durations, as one says them. */

import { twoDigits } from "../model/digits";

/** "1.4 MB" */
export function formatSize(bytes: number): string {
	const units = ["B", "KB", "MB", "GB"];
	let [size, unit] = [bytes, 0];
	while (size >= 1_000 && unit < units.length - 1) {
		size /= 1_000;
		unit += 1;
	}
	return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** "2:05", or "1:02:05" */
export function formatDuration(ms: number): string {
	const seconds = Math.round(ms / 1_000);
	const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
	const shown = parts[0] === 0 ? parts.slice(1) : parts;
	return shown.map((part, index) => (index === 0 ? String(part) : twoDigits(part))).join(":");
}
