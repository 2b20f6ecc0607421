/** Find web addresses in a text, so that the view can make links of them and of nothing else. */

export interface Piece {
	readonly text: string;
	readonly href: string | null;
}

// Chinese punctuation ends an address, and so does an ASCII mark at its very end ("see https://a.example.").
const ADDRESS = /https?:\/\/[^\s<>"'，。！？；：、（）《》【】「」“”]+/giu;
const TRAILING = /[.,;:!?)\]}]+$/;

export function findLinks(text: string): Piece[] {
	const pieces: Piece[] = [];
	let end = 0;
	for (const match of text.matchAll(ADDRESS)) {
		const address = match[0].replace(TRAILING, "");
		if (!isWebAddress(address)) continue;
		if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null });
		pieces.push({ text: address, href: address });
		end = match.index + address.length;
	}
	if (end < text.length) pieces.push({ text: text.slice(end), href: null });
	return pieces;
}

function isWebAddress(text: string): boolean {
	return URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol);
}
