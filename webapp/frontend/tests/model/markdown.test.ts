import { expect, test } from "vitest";
import { type Block, type Inline, readMarkdown, readPlain } from "../../src/model/markdown";

/** The tree as text: marks in brackets, so that a case is a line. */
function draw(inside: readonly Inline[]): string {
	return inside
		.map((item) => {
			if (item.type === "text") return item.text;
			if (item.type === "code") return `<code ${item.text}>`;
			if (item.type === "mention") return `<mention ${item.name}>`;
			if (item.type === "link") return `<link ${item.href} ${draw(item.inside)}>`;
			return `<${item.type} ${draw(item.inside)}>`;
		})
		.join("");
}

function drawBlock(block: Block): string {
	if (block.type === "paragraph") return `p(${draw(block.inside)})`;
	if (block.type === "code") return `code(${block.text})`;
	if (block.type === "quote") return `quote(${block.blocks.map(drawBlock).join("")})`;
	return `list${block.start ?? ""}(${block.items.map(draw).join("|")})`;
}

test.each([
	["plain", "p(plain)"],
	["a **b** c", "p(a <bold b> c)"],
	["**粗体**和*斜体*", "p(<bold 粗体>和<italic 斜体>)"],
	["*a* _b_ ~~c~~ `d*e*`", "p(<italic a> <italic b> <strike c> <code d*e*>)"],
	["**a *b* c**", "p(<bold a <italic b> c>)"],
	["snake_case_name and 2 * 3 * 4", "p(snake_case_name and 2 * 3 * 4)"],
	["**never closed", "p(**never closed)"],
	["\\*no\\*", "p(*no*)"],
	["one\ntwo\n\nthree", "p(one\ntwo)p(three)"],
	["[the site](https://a.example/x)", "p(<link https://a.example/x the site>)"],
	["[bad](javascript:alert(1))", "p([bad](javascript:alert(1)))"],
	["https://a.example/a_b_c *x*", "p(<link https://a.example/a_b_c https://a.example/a_b_c> <italic x>)"],
	["> said\n> **so**\nno", "quote(p(said\n<bold so>))p(no)"],
	["- a\n- *b*", "list(a|<italic b>)"],
	["3. a\n4. b", "list3(a|b)"],
	["```js\nlet *a* = 1;\n\n```\nend", "code(let *a* = 1;\n)p(end)"],
	["```\nopen", "code(open)"],
	["<img src=x onerror=alert(1)>", "p(<img src=x onerror=alert(1)>)"],
	["****", "p(****)"],
	["``", "p(``)"],
	["", ""],
])("%j is read as %s", (text, tree) => {
	expect(readMarkdown(text).map(drawBlock).join("")).toBe(tree);
});

test("only those whom the message names stand out", () => {
	expect(draw(readPlain("hi @bob and @eve, see https://a.example/@bob", ["bob"]))).toBe(
		"hi <mention bob> and @eve, see <link https://a.example/@bob https://a.example/@bob>",
	);
	expect(readMarkdown("**@bob**", ["bob"]).map(drawBlock).join("")).toBe("p(<bold <mention bob>>)");
});

test.each([["**a "], ["[a"], ["`"], ["> "], ["_a "], ["*a_b "], ["https://a "]])(
	"64 KiB of %j are read in well under a second",
	(piece) => {
		const started = performance.now();
		readMarkdown(piece.repeat(65_536 / piece.length));
		expect(performance.now() - started).toBeLessThan(1_000);
	},
);
