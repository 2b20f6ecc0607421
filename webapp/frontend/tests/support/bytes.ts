/** Bytes as the wire cases write them: hex, 'text' for its own bytes, and `*3` to repeat what stands before it. */

const TOKEN = /(?:'([^']*)'|([0-9a-f]{2}))(?:\*(\d+))?|\s+/gy;

export function readBytes(notation: string): Uint8Array<ArrayBuffer> {
	const octets: number[] = [];
	let at = 0;
	for (const { 0: token, 1: text, 2: hex, 3: times } of notation.matchAll(TOKEN)) {
		at += token.length;
		const piece = hex !== undefined ? [Number.parseInt(hex, 16)] : [...new TextEncoder().encode(text ?? "")];
		for (let time = 0; time < Number(times ?? 1); time += 1) octets.push(...piece);
	}
	if (at !== notation.length) throw new Error(`not hex, text or a space: ${notation.slice(at)}`);
	return Uint8Array.from(octets);
}

export function hexOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("hex");
}
