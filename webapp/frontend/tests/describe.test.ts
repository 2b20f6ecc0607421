import { expect, test } from "vitest";
import { parseMessage } from "../src/contract/envelope";
import { describeMessage } from "../src/i18n/describe";
import { en } from "../src/i18n/en";
import { formatDuration, formatSize } from "../src/i18n/measures";
import { zh } from "../src/i18n/zh";

const FILE = { id: "x", name: "plan.pdf", type: "application/pdf", size: 5 };

test.each([
	[{ kind: "text", body: "hi\nyou" }, "hi you", "hi you"],
	[{ kind: "text", body: "**hi** _you_\n> no", format: "markdown" }, "hi you no", "hi you no"],
	[{ kind: "text", body: "**hi**" }, "**hi**", "**hi**"],
	[{ kind: "image", files: [FILE], body: "look" }, "[Picture] look", "[图片] look"],
	[{ kind: "image", files: [FILE, FILE] }, "[2 pictures]", "[2 张图片]"],
	[{ kind: "voice", files: [FILE], duration_ms: 5 }, "[Voice message]", "[语音]"],
	[{ kind: "video", files: [FILE] }, "[Video]", "[视频]"],
	[{ kind: "file", files: [FILE] }, "[File] plan.pdf", "[文件] plan.pdf"],
	[{ kind: "sticker", pack: "geese", name: "hello", emoji: "🪿" }, "[Sticker] 🪿", "[表情] 🪿"],
	[{ kind: "location", lat: 1, lon: 2, name: "Home" }, "[Location] Home", "[位置] Home"],
	[{ kind: "contact", who: "bob", display_name: "Bob" }, "[Contact card] Bob", "[名片] Bob"],
	[
		{ kind: "forward", items: [{ kind: "text", from: "eve", at: 1, body: "x" }] },
		"[Forwarded message]",
		"[转发的消息]",
	],
	[{ kind: "forward", source: "user/bob", seqs: [1] }, "[Forwarded message]", "[转发的消息]"],
	[{ kind: "poll", body: "tea?", options: ["a", "b"] }, "[Poll] tea?", "[投票] tea?"],
	[{ kind: "data", data: { t: 21.5 } }, "t: 21.5", "t: 21.5"],
	[{ kind: "gone" }, "[Taken back]", "[已撤回]"],
	[{ kind: "hologram", body: "shimmering" }, "shimmering", "shimmering"],
	[{ kind: "hologram" }, "[A kind of message that this page does not know]", "[此页面还不认识的消息类型]"],
])("%j is said as “%s” and as “%s”", (fields, english, chinese) => {
	const message = parseMessage({ id: "m", from: "bob", to: "group/lab", seq: 1, at: 1, ...fields });
	expect(describeMessage(en, message)).toBe(english);
	expect(describeMessage(zh, message)).toBe(chinese);
});

test.each([
	[0, "0 B"],
	[812, "812 B"],
	[83_000, "83 KB"],
	[1_430_000, "1.4 MB"],
	[5_000_000_000_000, "5000 GB"],
])("%d bytes are %s", (bytes, text) => {
	expect(formatSize(bytes)).toBe(text);
});

test.each([
	[400, "0:00"],
	[14_200, "0:14"],
	[125_000, "2:05"],
	[3_725_000, "1:02:05"],
])("%d ms are %s", (ms, text) => {
	expect(formatDuration(ms)).toBe(text);
});
