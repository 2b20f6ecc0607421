import { expect, test } from "vitest";
import type { Draft } from "../../src/contract/drafts";
import { addPending, emptyConversation, failPending } from "../../src/model/conversation";
import { countUnsent, waitsForStamp } from "../../src/model/leaving";

const HELLO: Draft = { kind: "text", body: "hello" };
const LIKE: Draft = { kind: "reaction", of: 1, emoji: "👍" };

function talk(...drafts: readonly Draft[]) {
	const before = emptyConversation("user/bob", "小波");
	return drafts.reduce(
		(item, draft, index) => addPending(item, { id: `m${index}`, draft, files: [], at: 5, failure: null }),
		before,
	);
}

test("a message that waits or was refused is unsent; a mark alone is no message", () => {
	const refused = failPending(talk(HELLO, HELLO), "m0", "blocked", "");
	const all = { conversations: new Map([["user/bob", refused] as const, ["user/eve", talk(LIKE)] as const]) };
	expect(countUnsent(all)).toBe(2);
	expect(waitsForStamp(all)).toBe(true);
});

test("what was refused waits for nothing", () => {
	const all = { conversations: new Map([["user/bob", failPending(talk(HELLO), "m0", "blocked", "")] as const]) };
	expect([countUnsent(all), waitsForStamp(all)]).toEqual([1, false]);
});
