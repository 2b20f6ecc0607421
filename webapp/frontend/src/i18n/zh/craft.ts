/** 让书写与阅读更顺手的用语：补全、手势、复制、播放。 */

import type { StartTexts } from "../index";

export const craft: StartTexts["craft"] = {
	longPaste: "这段文字很长。",
	asFile: "作为文件发送",
	pastedName: "文字",
	left: (chars) => `还可以写约 ${chars} 个字`,
	over: (chars) => `超出约 ${chars} 个字。请作为文件发送，或分成几条。`,
	caption: "你写的文字会和它们一起发出。",
	showAll: "显示全部",
	showLess: "收起",
	copyCode: "复制代码",
	hoverBar: "快捷回应",
	linkCopied: "链接已复制。",
	textCopied: "已复制。",
	copyRefused: "浏览器不允许此页面复制，请选中文字后自行复制。",
	backToAnswer: "回到刚才的回复",
};
