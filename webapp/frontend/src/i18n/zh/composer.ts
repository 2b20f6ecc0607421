/** What the pages say about writing: the composer, what is sent with it, search, scheduled messages, archives. */

import type { StartTexts } from "../index";

export const composer: StartTexts["composer"] = {
	attach: "附件",
	emoji: "表情",
	untilRead: "阅后即焚",
	save: "保存",
	draft: "草稿：",
	caption: "添加说明",
	dropHere: "把文件拖到这里发送",
	hint: "Enter 发送，Shift+Enter 换行，↑ 修改上一条消息",

	files: "要发送的文件",
	leaving: "上传完成后自动发送",

	record: "录制语音",

	search: "搜索",
	searchMessages: "搜索消息",
};
