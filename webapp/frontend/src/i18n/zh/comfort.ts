/** 外观、跳转、键盘与会话列表的文字。 */

import type { StartTexts } from "../index";

export const comfort: StartTexts["comfort"] = {
	toLight: "切换为浅色",
	toDark: "切换为深色",
	jump: "跳转到…",
	filters: "显示哪些会话",
	filter: { all: "全部", unread: "未读", people: "单聊", groups: "群组", archived: "已归档" },
	noneInFilter: {
		all: "还没有会话。",
		unread: "都读完了。",
		people: "还没有单聊。",
		groups: "还没有群组。",
		archived: "没有归档的会话。",
	},
	showAll: "显示全部",
	menuOf: (title) => `${title} 的菜单`,
	pinned: "已置顶",
	markedUnread: "标为未读",
	loadingChats: "正在加载会话…",
	share: "发送到…",
	lost: "没有这一页",
	lostTitle: "这个地址上什么也没有。",
	lostHint: "链接可能已过期或不完整。你的会话都还在。",
	brokenTitle: "页面的这一部分出错了。",
	brokenHint: "什么也没丢：已发送的和正在写的都保留着。请重试；若仍出错，请刷新页面。",
	widthOfList: "列表宽度",
	reload: "刷新页面",
};
