import { expect, test } from "vitest";
import { parseMessage } from "../../src/contract/envelope";
import type { Role } from "../../src/contract/groups";
import type { ConversationKey } from "../../src/contract/topics";
import { marksAsOf } from "../../src/model/marks";
import { isOpen, offersFor } from "../../src/model/offers";

const LAB: ConversationKey = "group/lab";
const BOB: ConversationKey = "user/bob";

function offered(
	key: ConversationKey,
	fields: Record<string, unknown>,
	standing: { role?: Role; writes?: boolean; pinned?: boolean } = {},
): string {
	const message = parseMessage({
		id: "m",
		kind: "text",
		body: "w",
		from: "bob",
		to: "group/lab",
		seq: 3,
		at: 1,
		...fields,
	});
	const { role = null, writes = true, pinned = false } = standing;
	const offers = offersFor(message, { ...marksAsOf(3), pinned }, key, { me: "ann", role, writes });
	const names = Object.entries(offers).filter(([, may]) => may);
	return names.map(([name]) => name).join(" ");
}

const ALWAYS = "deleteForMe report select";

test.each([
	["another's, between two", BOB, {}, {}, `react reply forward copy link pin ${ALWAYS}`],
	["another's, to a member", LAB, {}, { role: "member" }, `react reply thread forward copy link ${ALWAYS}`],
	["another's, to an admin", LAB, {}, { role: "admin" }, `react reply thread forward copy link pin takeBack ${ALWAYS}`],
	[
		"pinned, to the owner",
		LAB,
		{},
		{ role: "owner", pinned: true },
		`react reply thread forward copy link unpin takeBack ${ALWAYS}`,
	],
	["an answer in a thread", LAB, { thread: 1 }, { role: "member" }, `react reply forward copy link ${ALWAYS}`],
	["where one may not write", LAB, {}, { role: "member", writes: false }, `react forward copy link ${ALWAYS}`],
	["one's own", BOB, { from: "ann" }, {}, "react reply forward copy link edit pin takeBack deleteForMe select"],
	[
		"one's own, edited, in a group",
		LAB,
		{ from: "ann", edited: 2 },
		{ role: "member" },
		"react reply thread forward copy link edit readBy versions takeBack deleteForMe select",
	],
	[
		"one's own sticker",
		BOB,
		{ from: "ann", kind: "sticker", pack: "a1", name: "b1", body: "" },
		{},
		"react reply forward link pin takeBack deleteForMe select",
	],
	[
		"one's own poll",
		BOB,
		{ from: "ann", kind: "poll", options: ["a", "b"] },
		{},
		"react reply forward copy link pin close takeBack deleteForMe select",
	],
	[
		"one's own poll that is closed",
		BOB,
		{ from: "ann", kind: "poll", options: ["a", "b"], closed: 5 },
		{},
		"react reply forward copy link pin takeBack deleteForMe select",
	],
	["what is gone", LAB, { kind: "gone", body: "" }, { role: "owner" }, ""],
] as const)("with %s one may: %s", (_what, key, fields, standing, names) => {
	expect(offered(key, fields, standing)).toBe(names);
});

test("with what has no stamp yet one may copy its words", () => {
	const message = {
		...parseMessage({ id: "m", kind: "text", body: "w", from: "ann", to: BOB, seq: 1, at: 1 }),
		seq: 0,
	};
	const offers = offersFor(message, null, BOB, { me: "ann", role: null, writes: true });
	expect(Object.entries(offers).filter(([, may]) => may)).toEqual([["copy", true]]);
});

test.each([
	[{ closes: null, closed: null }, true],
	[{ closes: 11, closed: null }, true],
	[{ closes: 10, closed: null }, false],
	[{ closes: null, closed: 5 }, false],
])("a poll of %j is open at 10: %s", (poll, open) => {
	expect(isOpen(poll, 10)).toBe(open);
});
