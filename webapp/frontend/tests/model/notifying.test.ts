import { describe, expect, it } from "vitest";
import { emptyConversation } from "../../src/model/conversation";
import { isQuiet, isWorthTelling, mayOffer } from "../../src/model/notifying";

const NOON = Date.UTC(2026, 10, 21, 12, 0);
const DAY_MS = 86_400_000;

describe("quiet hours", () => {
	it.each([
		["", null, null, false],
		["", 720, 721, true],
		["", 719, 720, false],
		["", 1_320, 420, false],
		["Asia/Shanghai", 1_200, 420, true],
		["Asia/Shanghai", 1_201, 420, false],
		["America/New_York", 1_320, 421, true],
		["America/New_York", 1_320, 420, false],
		["No/Where", 720, 721, true],
	] as const)("in %s from %s to %s at noon in Greenwich: %s", (timeZone, quietFrom, quietTo, quiet) => {
		expect(isQuiet({ timeZone, quietFrom, quietTo }, NOON)).toBe(quiet);
	});
});

describe("a message", () => {
	const talk = { ...emptyConversation("user/bob"), readSeq: 6 };
	const quiet = { timeZone: "", quietFrom: 700, quietTo: 800 };

	it.each([
		["new", talk, null, true],
		["read elsewhere", { ...talk, readSeq: 7 }, null, false],
		["muted", { ...talk, mutedUntil: NOON + 1 }, null, false],
		["in quiet hours", talk, quiet, false],
		["of a conversation that is gone", undefined, null, false],
	])("that is %s", (_what, conversation, hours, told) => {
		expect(isWorthTelling(conversation, { seq: 7 }, hours, NOON)).toBe(told);
	});
});

it.each([
	[null, true],
	["", true],
	["nonsense", true],
	[String(NOON - 30 * DAY_MS + 1), false],
	[String(NOON - 30 * DAY_MS), true],
	[String(NOON), false],
	[String(NOON + 1), true], // the clock was set back
])("after a “not now” at %s it is offered again: %s", (text, offered) => {
	expect(mayOffer(text, NOON)).toBe(offered);
});
