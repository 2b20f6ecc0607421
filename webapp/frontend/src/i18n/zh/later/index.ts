/** 简体中文：用到时才加载的话。 */

import type { LaterTexts } from "../../index";
import { account } from "./account";
import { admin } from "./admin";
import { comfort } from "./comfort";
import { composer } from "./composer";
import { contacts } from "./contacts";
import { craft } from "./craft";
import { groups } from "./groups";
import { installed } from "./installed";
import { messages } from "./messages";
import { notify } from "./notify";
import { offline } from "./offline";
import { refusals } from "./refusals";

export const later: LaterTexts = {
	account,
	admin,
	comfort,
	composer,
	contacts,
	craft,
	groups,
	installed,
	talk: messages,
	notify,
	offline,
	errors: refusals,
	signOut: "退出登录",
	usernameHint: "2 到 32 个字符：a–z、0–9、_ 和 -。以后不能更改。",
	displayName: "昵称",
	displayNameHint: "别人看到的名字，可以不填。",
	passwordHint: "至少 8 个字符。",
	haveAccount: "已有账号？",
	cancel: "取消",
	remove: "移除",
	copy: "复制",
	copied: "已复制",
	memberList: "成员",
	add: "添加",
	noFriendsToAdd: "你的好友都已在群里。",
	leaveGroup: "退出群组",
	leaveGroupAsk: (title) => `退出“${title}”？之后你将看不到它的消息。`,
	removeMemberAsk: (name) => `把 ${name} 移出群组？`,
	groupName: "群组地址名",
	groupNameHint: "2 到 32 个字符：a–z、0–9、_ 和 -。设备用这个名字发消息。",
	groupTitle: "群名称",
	create: "创建",
	role: { owner: "群主", admin: "管理员", member: "成员" },
	status: "我的状态",
	statuses: { online: "在线", away: "离开", busy: "忙碌", invisible: "隐身", offline: "离线" },
	searchPeople: "按名字搜索",
	nobodyFound: "没有找到这个人。",
	addFriend: "加好友",
	requestText: "附言（可选）",
	sendRequest: "发送请求",
	requestSent: "已发送请求",
	requests: "好友请求",
	waitingFor: "等待对方回应",
	accept: "接受",
	decline: "拒绝",
	friends: "好友",
	noFriends: "还没有好友，可以在上面搜索。",
	message: "发消息",
	unfriend: "删除好友",
	unfriendAsk: (name) => `把 ${name} 从好友中删除？之后你们将不能互发消息。`,
	block: "拉黑",
	blockAsk: (name) => `拉黑 ${name}？之后对方发的任何内容都不会送达你。`,
	unblock: "取消拉黑",
	blocked: "黑名单",
	changePassword: "修改密码",
	oldPassword: "当前密码",
	newPassword: "新密码",
	passwordChanged: "密码已修改，其他浏览器和设备已退出登录。",
	devicesHint: "令牌让程序或设备以你的身份收发消息，而不需要你的密码。",
	deviceLabel: "用在哪里？",
	deviceLabelExample: "厨房温度计",
	createToken: "创建令牌",
	token: "令牌",
	mqttPassword: "MQTT 密码",
	tryIt: "试一试：给一位好友发条消息",
	noTokens: "还没有令牌。",
	revoke: "删除",
	revokeAsk: (label) => `删除令牌“${label}”？使用它的设备会立即断开。`,
	lastUsed: (when) => `上次使用：${when}`,
	neverUsed: "从未使用",
};
