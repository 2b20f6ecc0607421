/** Numbers as clocks and dates write them. Pure. */

export function twoDigits(count: number): string {
	return String(count).padStart(2, "0");
}
