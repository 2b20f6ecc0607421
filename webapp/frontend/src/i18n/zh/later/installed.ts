/** 页面作为已安装应用时的文字。 */

import type { LaterTexts } from "../../index";

export const installed: LaterTexts["installed"] = {
	newVersion: "新版本已就绪。",
	reload: "重新加载",

	installTitle: "安装鸿雁",
	installHint: "有自己的图标和窗口，没有网络也能打开，还能接收其他应用分享的内容。",
	install: "安装",
	installOnIos: "在 Safari 中点“分享”，再点“添加到主屏幕”。",

	shareHint: "内容会放进会话的输入框，由你亲自发送。",
	shareSearch: "搜索会话和联系人",
	shareFiles: (count) => `${count} 个文件`,
	shareNobody: "没有这个名字的会话。",
	shareDiscard: "不发送了",
	shareNothing: "没有收到要发送的内容。",
	shareNothingHint: "先在这个浏览器里打开过一次鸿雁，它才能接收其他应用的分享。现在可以了，请再分享一次。",
};
