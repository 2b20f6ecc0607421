/**
 * The part of Markdown that a message may have: bold, italic, strike, code, links; quotes, lists and blocks of code.
 *
 * Text in, a tree out: the view makes elements of it, so nothing that somebody wrote is ever read as HTML. Time grows with
 * the length of the text alone: a mark that nothing closes is looked for once.
 */

import { findLinks } from "./links";

export type Inline =
	| { readonly type: "text"; readonly text: string }
	| { readonly type: "code"; readonly text: string }
	| { readonly type: "mention"; readonly text: string; readonly name: string }
	| { readonly type: Emphasis; readonly inside: readonly Inline[] }
	| { readonly type: "link"; readonly href: string; readonly inside: readonly Inline[] };
export type Emphasis = "bold" | "italic" | "strike";

export type Block =
	| { readonly type: "paragraph"; readonly inside: readonly Inline[] }
	| { readonly type: "code"; readonly text: string }
	| { readonly type: "quote"; readonly blocks: readonly Block[] }
	| { readonly type: "list"; readonly start: number | null; readonly items: readonly (readonly Inline[])[] };

const MAX_DEPTH = 6;
const FENCE = /^\s{0,3}```/;
const QUOTE = /^\s{0,3}>\s?/;
const BULLET = /^\s{0,3}[-*+]\s+/;
const NUMBERED = /^\s{0,3}(\d{1,9})[.)]\s+/;
const ESCAPABLE = /[\\`*_~[\]()>#+.!-]/;

/** Words without marks: only addresses and the people who are named stand out. */
export function readPlain(text: string, mentions: readonly string[] = []): Inline[] {
	return findLinks(text).flatMap((piece): Inline[] =>
		piece.href
			? [{ type: "link", href: piece.href, inside: [{ type: "text", text: piece.text }] }]
			: splitMentions(piece.text, mentions),
	);
}

export function readMarkdown(text: string, mentions: readonly string[] = [], depth = 0): Block[] {
	const lines = text.split("\n");
	const blocks: Block[] = [];
	for (let at = 0; at < lines.length; ) {
		const [block, next] = readBlock(lines, at, mentions, depth);
		if (block) blocks.push(block);
		at = next;
	}
	return blocks;
}

/** The words alone, for a line in a list. */
export function stripMarks(text: string): string {
	return readMarkdown(text).map(wordsOf).join(" ");
}

function wordsOf(block: Block): string {
	if (block.type === "code") return block.text;
	if (block.type === "quote") return block.blocks.map(wordsOf).join(" ");
	return (block.type === "list" ? block.items : [block.inside]).map(inlineWords).join(" ");
}

function inlineWords(inside: readonly Inline[]): string {
	return inside.map((item) => ("text" in item ? item.text : inlineWords(item.inside))).join("");
}

function readBlock(
	lines: readonly string[],
	at: number,
	mentions: readonly string[],
	depth: number,
): [Block | null, number] {
	const line = lines[at] ?? "";
	if (line.trim() === "") return [null, at + 1];
	if (FENCE.test(line)) return readFence(lines, at);
	if (QUOTE.test(line) && depth < MAX_DEPTH) {
		const end = endOf(lines, at, (text) => QUOTE.test(text));
		const inner = lines.slice(at, end).map((text) => text.replace(QUOTE, ""));
		return [{ type: "quote", blocks: readMarkdown(inner.join("\n"), mentions, depth + 1) }, end];
	}
	for (const mark of [BULLET, NUMBERED]) {
		const first = mark.exec(line);
		if (!first) continue;
		const end = endOf(lines, at, (text) => mark.test(text));
		const items = lines.slice(at, end).map((text) => readInline(text.replace(mark, ""), mentions));
		return [{ type: "list", start: first[1] === undefined ? null : Number(first[1]), items }, end];
	}
	const end = endOf(lines, at + 1, isPlain);
	return [{ type: "paragraph", inside: readInline(lines.slice(at, end).join("\n"), mentions) }, end];
}

/** A fence that nothing closes goes to the end. */
function readFence(lines: readonly string[], at: number): [Block, number] {
	const end = endOf(lines, at + 1, (text) => !FENCE.test(text));
	return [{ type: "code", text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function endOf(lines: readonly string[], from: number, belongs: (line: string) => boolean): number {
	let end = from;
	while (end < lines.length && belongs(lines[end] ?? "")) end += 1;
	return end;
}

function isPlain(line: string): boolean {
	return line.trim() !== "" && ![FENCE, QUOTE, BULLET, NUMBERED].some((mark) => mark.test(line));
}

const PAIRS = [
	["**", "bold"],
	["__", "bold"],
	["~~", "strike"],
	["*", "italic"],
	["_", "italic"],
] as const;

/** The marks inside a line or a paragraph. */
export function readInline(text: string, mentions: readonly string[] = [], depth = 0): Inline[] {
	const found: Inline[] = [];
	const hopeless = new Set<string>(); // what nothing closes from here on
	let plain = "";
	const flush = () => {
		if (plain) found.push(...readPlain(plain, mentions));
		plain = "";
	};
	for (let at = 0; at < text.length; ) {
		if (text[at] === "\\" && ESCAPABLE.test(text[at + 1] ?? "")) {
			plain += text[at + 1];
			at += 2;
			continue;
		}
		const [item, next] = depth < MAX_DEPTH ? readItem(text, at, mentions, depth, hopeless) : [null, at];
		if (item) {
			flush();
			found.push(item);
			at = next;
		} else {
			const length = plainRun(text, at);
			plain += text.slice(at, at + length);
			at += length;
		}
	}
	flush();
	return found;
}

/** An address is taken whole, so that the marks in it are no marks; so is any run without marks. */
function plainRun(text: string, at: number): number {
	const address = /^https?:\/\/[^\s*~`)\]]+/i.exec(text.slice(at, at + 2_048));
	if (address) return address[0].length;
	const mark = /[\\`*_~[]|https?:/.exec(text.slice(at + 1, at + 2_048));
	return mark ? mark.index + 1 : Math.min(text.length - at, 2_047);
}

function readItem(
	text: string,
	at: number,
	mentions: readonly string[],
	depth: number,
	hopeless: Set<string>,
): [Inline | null, number] {
	if (text[at] === "`") return readCode(text, at, hopeless);
	if (text[at] === "[") return readLink(text, at, mentions, depth);
	for (const [mark, type] of PAIRS) {
		if (!text.startsWith(mark, at) || hopeless.has(mark) || !opens(text, at, mark)) continue;
		const end = closing(text, at + mark.length, mark);
		if (end < 0) hopeless.add(mark);
		else {
			const inside = readInline(text.slice(at + mark.length, end), mentions, depth + 1);
			return [{ type, inside }, end + mark.length];
		}
	}
	return [null, at];
}

function readCode(text: string, at: number, hopeless: Set<string>): [Inline | null, number] {
	const end = hopeless.has("`") ? -1 : text.indexOf("`", at + 1);
	if (end < 0) hopeless.add("`");
	if (end <= at + 1) return [null, at];
	return [{ type: "code", text: text.slice(at + 1, end) }, end + 1];
}

/** Only to the web: no other address becomes a link. */
function readLink(text: string, at: number, mentions: readonly string[], depth: number): [Inline | null, number] {
	const found = /^\[([^[\]\n]{1,300})\]\((https?:\/\/[^\s<>"']{1,2000}?)\)/i.exec(text.slice(at, at + 2_400));
	if (!found?.[1] || !found[2] || !URL.canParse(found[2])) return [null, at];
	const inside = readInline(found[1], mentions, depth + 1).flatMap(unlinked);
	return [{ type: "link", href: found[2], inside }, at + found[0].length];
}

function unlinked(item: Inline): readonly Inline[] {
	return item.type === "link" ? item.inside : [item];
}

const WORD = /[\p{L}\p{N}]/u;

/** Before what is no blank; an underscore inside a word is a letter of it. */
function opens(text: string, at: number, mark: string): boolean {
	const after = text[at + mark.length];
	if (after === undefined || /\s/.test(after) || after === mark[0]) return false;
	return mark[0] !== "_" || !WORD.test(text[at - 1] ?? "");
}

function closing(text: string, from: number, mark: string): number {
	for (let end = text.indexOf(mark, from); end >= 0; end = text.indexOf(mark, end + 1)) {
		const before = text[end - 1] ?? " ";
		const after = text[end + mark.length] ?? "";
		if (end === from || /\s/.test(before) || (mark.length === 1 && (after === mark || before === mark))) continue;
		if (mark[0] === "_" && WORD.test(after)) continue;
		return end;
	}
	return -1;
}

const NAMED = /@([a-z0-9][a-z0-9_-]{1,31})/g;

function splitMentions(text: string, mentions: readonly string[]): Inline[] {
	if (mentions.length === 0) return [{ type: "text", text }];
	const found: Inline[] = [];
	let end = 0;
	for (const match of text.matchAll(NAMED)) {
		const name = match[1] ?? "";
		if (!mentions.includes(name)) continue;
		if (match.index > end) found.push({ type: "text", text: text.slice(end, match.index) });
		found.push({ type: "mention", text: match[0], name });
		end = match.index + match[0].length;
	}
	if (end < text.length) found.push({ type: "text", text: text.slice(end) });
	return found;
}
