import { describe, expect, it } from "vitest";
import { loadTexts } from "../src/i18n";
import { windowTitle } from "../src/i18n/titles";
import { parseRoute } from "../src/model/route";

const [en, zh] = await Promise.all([loadTexts("en"), loadTexts("zh")]);

describe("the name of the window", () => {
	it.each([
		["#/", 0, "鸿雁 Hongyan"],
		["#/", 3, "(3) 鸿雁 Hongyan"],
		["#/people", 0, "People · 鸿雁 Hongyan"],
		["#/settings/privacy", 0, "Privacy · 鸿雁 Hongyan"],
		["#/share", 0, "Send to… · 鸿雁 Hongyan"],
		["#/gone/away", 0, "Nothing here · 鸿雁 Hongyan"],
		["#/admin/audit", 0, "Administration · 鸿雁 Hongyan"],
		["#/chat/group/lab/details", 1, "(1) The lab · 鸿雁 Hongyan"],
	])("of %s with %d unread is %s", (address, unread, title) => {
		expect(windowTitle(en, parseRoute(address), "The lab", unread)).toBe(title);
	});

	it("is in the language of the pages", () => {
		expect(windowTitle(zh, parseRoute("#/settings"), "", 0)).toBe("设置 · 鸿雁 Hongyan");
	});
});
