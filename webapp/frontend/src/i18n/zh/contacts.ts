/** Words about people: contacts, requests, links, mutes, blocks. */

import type { StartTexts } from "../index";

export const contacts: StartTexts["contacts"] = {
	deletedAccount: "已注销的账号",
	deletedHint: "这个账号已注销。它写过的内容仍在，但不能再给它发消息。",
	noteToSelf: "给自己的便笺",
	writeNote: "写一条便笺",
	noteToSelfHint: "写在这里的内容只有你能看到，在你的所有设备上。",
	noneOfLabel: "已经没有好友带这个标签。",
	link: "链接",
	toChats: "回到会话",
	muted: "免打扰",
	loadFailed: "这部分页面没有加载出来，请检查网络后重试。",
};
