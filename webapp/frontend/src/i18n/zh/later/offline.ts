/** 中文：本浏览器保存的内容。 */

import type { LaterTexts } from "../../index";

export const offline: LaterTexts["offline"] = {
	title: "本浏览器",
	hint: "最近的会话保存在这里，打开即可看到，没有网络也一样。退出登录时会全部清除。",
	keep: "在本浏览器保存最近的会话",
	keepHint: "与他人共用浏览器时请关闭。",
	used: (size) => `约占用 ${size}（包括程序本身）。`,
	last: "请浏览器不要自动清理",
	lasting: "浏览器不会自动清理。",
	notLasting: "浏览器没有同意：空间不足时可能会清理。安装为应用后更容易获得同意。",
	forget: "清除这里保存的内容",
	forgetQuestion: "要清除本浏览器保存的会话吗？服务器和你的其他设备上的内容不受影响。",
	unsent: (count) => `你还有 ${count} 条消息没有发出，它们会保留，联网后自动发送。`,
	forgotten: "已清除。",
	signOutAsk: (count) =>
		count === 0 ? "消息已全部发出。要退出登录吗？" : `你还有 ${count} 条消息没有发出，退出后会丢失。仍要退出登录吗？`,
	signOutAnyway: "仍然退出",
};
