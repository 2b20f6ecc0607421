import { expect, test } from "vitest";
import { codes } from "../../../tests/contract/codes.json";
import { GROUP_EVENTS, parseEvent } from "../src/contract/groups";
import { en } from "../src/i18n/en";
import { describeEvent } from "../src/i18n/events";
import { formatDay, formatFull, formatTime, formatUntil } from "../src/i18n/format";
import { zh } from "../src/i18n/zh";

const NAMES: Readonly<Record<string, string>> = { ann: "Ann", bob: "小波", eve: "Eve" };

function say(language: "en" | "zh", wire: Record<string, unknown>, from = "ann"): string {
	const line = { from, body: "the body", event: parseEvent(wire) };
	return describeEvent(
		{ en, zh }[language],
		line,
		(name) => NAMES[name] ?? name,
		() => "noon",
	);
}

test.each([
	[{ event: "created", title: "The lab" }, "Ann made this conversation", "Ann 创建了会话"],
	[{ event: "joined", who: ["bob"] }, "Ann added 小波", "Ann 邀请 小波 加入"],
	[{ event: "joined", who: ["bob", "eve"] }, "Ann added 小波, Eve", "Ann 邀请 小波、Eve 加入"],
	[{ event: "joined" }, "Ann joined", "Ann 加入了"],
	[{ event: "joined", who: ["ann"] }, "Ann joined", "Ann 加入了"],
	[{ event: "left" }, "Ann left", "Ann 退出了"],
	[{ event: "removed", who: ["bob"] }, "Ann removed 小波", "Ann 把 小波 移出"],
	[{ event: "banned", who: ["bob"] }, "Ann banned 小波", "Ann 封禁了 小波"],
	[{ event: "unbanned", who: ["bob"] }, "Ann lifted the ban on 小波", "Ann 解除了对 小波 的封禁"],
	[{ event: "role", who: ["bob"], role: "admin" }, "Ann made 小波 an admin", "Ann 把 小波 设为管理员"],
	[{ event: "role", who: ["bob"], role: "member" }, "Ann took 小波's admin rights back", "Ann 撤销了 小波 的管理员"],
	[{ event: "owner", who: ["bob"] }, "Ann made 小波 the owner", "Ann 把群主转让给 小波"],
	[{ event: "muted", who: ["bob"], until: 5 }, "Ann muted 小波 until noon", "Ann 将 小波 禁言至noon"],
	[{ event: "muted", who: ["bob"], until: 9_007_199_254_740_991 }, "Ann muted 小波", "Ann 将 小波 禁言"],
	[{ event: "unmuted", who: ["bob"] }, "Ann let 小波 speak again", "Ann 解除了 小波 的禁言"],
	[{ event: "muted_all", until: 5 }, "Ann muted everybody but the admins until noon", "Ann 开启了全员禁言，至noon"],
	[{ event: "muted_all" }, "Ann muted everybody but the admins", "Ann 开启了全员禁言"],
	[{ event: "unmuted_all" }, "Ann let everybody speak again", "Ann 解除了全员禁言"],
	[{ event: "title", title: "Lab 2" }, "Ann changed the title to “Lab 2”", "Ann 把名称改为“Lab 2”"],
	[{ event: "picture", picture: null }, "Ann changed the picture", "Ann 更换了头像"],
	[{ event: "announcement", announcement: "tea" }, "Ann announced: tea", "Ann 发布公告：tea"],
	[{ event: "announcement", announcement: "" }, "Ann took the announcement down", "Ann 撤下了公告"],
	[{ event: "settings", settings: { joins: "open" } }, "Ann changed the settings", "Ann 修改了群设置"],
	[{ event: "nickname", who: ["ann"], nickname: "A" }, "Ann is called “A” here", "Ann 的群昵称改为“A”"],
	[{ event: "nickname", who: ["bob"], nickname: "B" }, "Ann gave 小波 the nickname “B”", "Ann 把 小波 的群昵称改为“B”"],
	[{ event: "nickname", who: ["ann"], nickname: "" }, "Ann took a nickname back", "Ann 取消了群昵称"],
	[{ event: "dissolved" }, "Ann dissolved this conversation", "Ann 解散了会话"],
	[{ event: "painted" }, "the body", "the body"],
])("%j is said as “%s” and as “%s”", (wire, en, zh) => {
	expect(say("en", wire)).toBe(en);
	expect(say("zh", wire)).toBe(zh);
});

test("every event that the server knows has its sentence", () => {
	for (const event of GROUP_EVENTS) expect(say("en", { event, who: ["bob"] })).not.toBe("the body");
});

test("a time to come names the day where it is another, and the year where it is another", () => {
	const now = new Date(2026, 10, 20, 9, 0).getTime();
	expect(formatUntil(en, new Date(2026, 10, 20, 17, 30).getTime(), now)).toBe("17:30");
	expect(formatUntil(en, new Date(2026, 10, 21, 9, 0).getTime(), now)).toBe("21 Nov, 09:00");
	expect(formatUntil(zh, new Date(2026, 10, 21, 9, 0).getTime(), now)).toBe("11月21日 09:00");
	expect(formatUntil(en, new Date(2027, 0, 2, 9, 0).getTime(), now)).toBe("2 Jan 2027, 09:00");
});

test.each([
	["en-GB", en],
	["zh-CN", zh],
] as const)("times read in %s as CLDR has them", (locale, said) => {
	const cldr = (at: Date, options: Intl.DateTimeFormatOptions) =>
		new Intl.DateTimeFormat(locale, options).format(at).replace("Sept ", "Sep ");
	const clock = { hour: "2-digit", minute: "2-digit" } as const;
	for (let day = 0; day < 800; day += 1) {
		const at = new Date(2025, 0, 1 + day, day % 24, (day * 7) % 60, (day * 11) % 60);
		const now = new Date(2024, 5, 15).getTime();
		expect(formatTime(at.getTime())).toBe(cldr(at, clock));
		expect(formatDay(said, at.getTime(), now)).toBe(cldr(at, { day: "numeric", month: "long", year: "numeric" }));
		const until = { day: "numeric", month: "short", year: "numeric", ...clock } as const;
		expect(formatUntil(said, at.getTime(), now)).toBe(cldr(at, until));
		const full = cldr(at, { dateStyle: "full", timeStyle: "medium" }); // some versions put a comma after the day's name
		expect(formatFull(said, at.getTime())).toBe(full.replace(/^(\w+),/, "$1"));
	}
});

test.each(codes)("the refusal %s is explained in both languages", (code) => {
	for (const { errors } of [en, zh]) expect(errors).toHaveProperty(code);
});
