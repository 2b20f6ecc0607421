/** Words about groups and channels, and the lines that say what changed in them. */

import type { StartTexts } from "../index";

export const groups: StartTexts["groups"] = {
	newTitle: "新建群组或频道",
	subscribers: (count) => `${count} 位读者`,
	requests: "入群申请",
	closed: {
		muted: "你在这里被禁言，直到管理员解除；仍可阅读。",
		mutedAll: "现在只有管理员可以发言，直到解除。",
		channel: "这是频道：管理员发言，你可以阅读。",
		adminsOnly: "这里只有群主和管理员可以发言。",
	},
	closedUntil: {
		muted: (when) => `你在这里被禁言至${when}；仍可阅读。`,
		mutedAll: (when) => `${when}之前只有管理员可以发言。`,
	},
	toasts: { join_request: (title) => `有人申请加入“${title}”` },
	listJoin: "、",
	events: {
		created: (by) => `${by} 创建了会话`,
		joined: (by, who) => `${by} 邀请 ${who} 加入`,
		joinedSelf: (by) => `${by} 加入了`,
		left: (by) => `${by} 退出了`,
		removed: (by, who) => `${by} 把 ${who} 移出`,
		banned: (by, who) => `${by} 封禁了 ${who}`,
		unbanned: (by, who) => `${by} 解除了对 ${who} 的封禁`,
		admin: (by, who) => `${by} 把 ${who} 设为管理员`,
		member: (by, who) => `${by} 撤销了 ${who} 的管理员`,
		owner: (by, who) => `${by} 把群主转让给 ${who}`,
		muted: (by, who) => `${by} 将 ${who} 禁言`,
		mutedUntil: (by, who, when) => `${by} 将 ${who} 禁言至${when}`,
		unmuted: (by, who) => `${by} 解除了 ${who} 的禁言`,
		mutedAll: (by) => `${by} 开启了全员禁言`,
		mutedAllUntil: (by, when) => `${by} 开启了全员禁言，至${when}`,
		unmutedAll: (by) => `${by} 解除了全员禁言`,
		title: (by, title) => `${by} 把名称改为“${title}”`,
		picture: (by) => `${by} 更换了头像`,
		announcement: (by, text) => `${by} 发布公告：${text}`,
		noAnnouncement: (by) => `${by} 撤下了公告`,
		settings: (by) => `${by} 修改了群设置`,
		nickname: (by, nickname) => `${by} 的群昵称改为“${nickname}”`,
		nicknameOf: (by, who, nickname) => `${by} 把 ${who} 的群昵称改为“${nickname}”`,
		noNickname: (by) => `${by} 取消了群昵称`,
		dissolved: (by) => `${by} 解散了会话`,
	},
};
