import { expect, test } from "vitest";
import { chooseLanguage, describeError, explain } from "../../src/i18n";
import { en } from "../../src/i18n/en";
import { formatDay } from "../../src/i18n/format";
import { zh } from "../../src/i18n/zh";
import { initials, TONES, toneOf } from "../../src/model/avatar";
import { publishCommand } from "../../src/model/command";
import { findLinks } from "../../src/model/links";
import { chatHash, messageHash, panelHash, parseRoute, sectionHash, threadHash } from "../../src/model/route";
import { messageText } from "../../src/model/summary";
import { ApiError, Unreachable } from "../../src/net/api";

test.each([
	["see https://a.example/x?y=1.", ["https://a.example/x?y=1"]],
	["看https://a.example/路，好", ["https://a.example/路"]],
	["(http://a.example)", ["http://a.example"]],
	["javascript:alert(1) ftp://a.example http://", []],
	["<a href='https://a.example'>", ["https://a.example"]],
])("the links of %s are %s", (text, links) => {
	const pieces = findLinks(text);
	expect(pieces.flatMap(({ href }) => href ?? [])).toEqual(links);
	expect(pieces.map((piece) => piece.text).join("")).toBe(text);
});

test.each([
	["Ann Liu", "AL"],
	["ann", "A"],
	["鲍勃", "鲍"],
	["thermo-1", "T1"],
	["🪿 goose", "🪿G"],
	[" ", "?"],
])("the initials of %s are %s", (title, letters) => {
	expect(initials(title)).toBe(letters);
});

test("a name has the same colour everywhere", () => {
	expect(["ann", "bob", "eve", "dave"].map(toneOf)).toEqual([0, 4, 3, 1]); // a change would repaint everybody
	for (const name of ["ann", "bob", "eve", "lab"]) expect(toneOf(name)).toBeLessThan(TONES);
});

test.each([
	["", { page: "chats" }],
	["#/chat/user/bob", { page: "chat", key: "user/bob", panel: "", seq: null, section: "" }],
	["#/chat/group/lab/details", { page: "chat", key: "group/lab", panel: "details", seq: null, section: "" }],
	["#/chat/group/lab/details/bans", { page: "chat", key: "group/lab", panel: "details", seq: null, section: "bans" }],
	["#/chat/group/lab/details/elsewhere", { page: "chat", key: "group/lab", panel: "details", seq: null, section: "" }],
	["#/chat/group/lab/thread/7", { page: "chat", key: "group/lab", panel: "thread", seq: 7, section: "" }],
	["#/chat/user/bob/at/12", { page: "chat", key: "user/bob", panel: "at", seq: 12, section: "" }],
	["#/chat/user/bob/at/x", { page: "chat", key: "user/bob", panel: "", seq: null, section: "" }],
	["#/chat/user/bob/media", { page: "chat", key: "user/bob", panel: "media", seq: null, section: "" }],
	["#/chat/user/bob/pins/bans", { page: "chat", key: "user/bob", panel: "pins", seq: null, section: "" }],
	["#/chat/room/lab", { page: "lost" }],
	["#/people", { page: "people" }],
	["#/elsewhere", { page: "lost" }],
])("the address %s shows %j", (hash, route) => {
	expect(parseRoute(hash)).toEqual(route);
});

test("a conversation has an address that reads back", () => {
	const lab = { page: "chat", key: "group/lab", panel: "details", seq: null } as const;
	expect(parseRoute(chatHash("group/lab", true))).toEqual({ ...lab, section: "" });
	expect(parseRoute(sectionHash("lab", "links"))).toEqual({ ...lab, section: "links" });
	expect(parseRoute(messageHash("group/lab", 7))).toEqual({ ...lab, panel: "at", seq: 7, section: "" });
	expect(parseRoute(threadHash("group/lab", 7))).toEqual({ ...lab, panel: "thread", seq: 7, section: "" });
	expect(parseRoute(panelHash("group/lab", "media"))).toEqual({ ...lab, panel: "media", section: "" });
});

test.each([
	[null, ["zh-TW", "en"], "zh"],
	[null, ["fr", "en-US"], "en"],
	[null, ["fr"], "en"],
	["zh", ["en"], "zh"],
	["xx", ["zh"], "zh"],
])("remembered %s and wanted %s make %s", (remembered, wanted, language) => {
	expect(chooseLanguage(remembered, wanted)).toBe(language);
});

test("both languages explain the same codes, differently", () => {
	expect(Object.keys(zh.errors)).toEqual(Object.keys(en.errors));
	for (const code of Object.keys(en.errors)) expect(explain(zh, code, "")).not.toBe(explain(en, code, ""));
});

test("a code of tomorrow shows the server's own words", () => {
	expect(explain(en, "too_sleepy", "The server sleeps.")).toBe("The server sleeps.");
	expect(explain(en, "constructor", "Words.")).toBe("Words.");
	expect(describeError(en, new ApiError(409, "name_taken", "?"))).toContain("taken");
	expect(describeError(zh, new Unreachable())).toContain("网络");
});

test("days are named from the reader's side", () => {
	const now = new Date(2026, 10, 20, 9, 0).getTime();
	expect(formatDay(en, new Date(2026, 10, 20, 0, 1).getTime(), now)).toBe("today");
	expect(formatDay(zh, new Date(2026, 10, 19, 23, 59).getTime(), now)).toBe("昨天");
	expect(formatDay(en, new Date(2026, 9, 3).getTime(), now)).toBe("3 October");
	expect(formatDay(zh, new Date(2025, 9, 3).getTime(), now)).toBe("2025年10月3日");
});

test("data without a body reads as pairs", () => {
	expect(messageText({ body: "", data: { t: 21.5, ok: true, where: "kitchen" } })).toBe(
		"t: 21.5, ok: true, where: kitchen",
	);
});

test("the command for a new token can be pasted", () => {
	const tcp = { host: "localhost", port: 1883, tls: false };
	expect(publishCommand(tcp, "thermo", "hy_x", "group/lab")).toBe(
		"mosquitto_pub -h localhost -p 1883 -u thermo -P 'hy_x' -q 1 -t im/thermo/send/group/lab -m 21.5",
	);
});
