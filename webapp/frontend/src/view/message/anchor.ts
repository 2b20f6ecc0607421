/** Keeps what is read at its place while rows come and go above it, or grow. */

import type { Span } from "../../model/bounds";

interface Mark {
	readonly row: Element;
	readonly top: number;
}

export class Anchor {
	private marks: readonly Mark[] = [];

	/** `box` scrolls, and `select` finds its rows, in their order. */
	constructor(
		private readonly box: HTMLElement,
		private readonly select: string,
	) {}

	/** Remember where the rows in view stand. */
	note(): void {
		const { top, bottom } = this.box.getBoundingClientRect();
		this.marks = this.rowsWithin(top, bottom).map((row) => ({ row, top: topOf(row) - top }));
	}

	/** Put the first of them that is still there where it stood. */
	restore(): void {
		const mark = this.marks.find(({ row }) => row.isConnected);
		if (!mark) return;
		const moved = topOf(mark.row) - this.box.getBoundingClientRect().top - mark.top;
		if (Math.abs(moved) >= 1) this.box.scrollTop += moved;
	}

	/** The first message in view, and how far below the top of the view it begins. */
	get first(): { seq: number; offset: number } | null {
		const mark = this.marks.find(({ row }) => seqOf(row) > 0);
		return mark ? { seq: seqOf(mark.row), offset: mark.top } : null;
	}

	/** The messages in view, and so many pixels above and below it. */
	span(beyondPx: number): Span | null {
		const { top, bottom } = this.box.getBoundingClientRect();
		const seqs = this.rowsWithin(top - beyondPx, bottom + beyondPx)
			.map(seqOf)
			.filter((seq) => seq > 0);
		const [first, last] = [seqs[0], seqs.at(-1)];
		return first === undefined || last === undefined ? null : { first, last };
	}

	private rowsWithin(top: number, bottom: number): Element[] {
		const rows = this.box.querySelectorAll(this.select);
		const found: Element[] = [];
		for (let index = firstBelow(rows, top); index < rows.length; index += 1) {
			const row = rows[index];
			if (!row || topOf(row) >= bottom) break;
			found.push(row);
		}
		return found;
	}
}

/** The place of the first row that ends below `y`: a binary search, since each look costs. */
function firstBelow(rows: NodeListOf<Element>, y: number): number {
	let [low, high] = [0, rows.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((rows[middle]?.getBoundingClientRect().bottom ?? y) > y) high = middle;
		else low = middle + 1;
	}
	return low;
}

function topOf(row: Element): number {
	return row.getBoundingClientRect().top;
}

function seqOf(row: Element): number {
	return Number(row.getAttribute("data-seq") ?? row.getAttribute("data-place") ?? 0);
}
