/** 让书写与阅读更顺手的用语：补全、手势、复制、播放。 */

import type { LaterTexts } from "../../index";

export const craft: LaterTexts["craft"] = {
	people: "成员",
	commandList: "命令",
	commands: {
		poll: "发起投票",
		photo: "发送照片或视频",
		file: "发送文件",
		voice: "录制语音",
		sticker: "发送贴纸",
		location: "发送位置",
		contact: "发送名片",
		code: "插入代码块",
		shrug: "插入 ¯\\_(ツ)_/¯",
		scheduled: "查看定时消息",
		search: "在此会话中搜索",
		date: "跳转到日期",
		media: "此会话的图片与文件",
	},
	enterKey: "回车键",
	enterSends: "发送",
	enterBreaks: "换行",
	earlier: "前移",
	later: "后移",
	original: "原图",
	originalHint: "作为文件发送原图，只去掉拍摄地点",
	tone: "肤色",
	tones: ["默认", "浅", "较浅", "中等", "较深", "深"],
	categories: "表情分类",
	slideToCancel: "松开发送，滑开取消",
	letGoToDiscard: "松开取消",
	copyLink: "复制链接",
	copyAll: "复制",
	forwardMore: (count) => `等另外 ${count} 条`,
	forwardLost: "没有这样的会话。",
};
