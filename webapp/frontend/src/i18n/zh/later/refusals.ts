/** 消息被拒绝的原因，以及接下来可以怎么做。 */

import type { refusals as english } from "../../en/later/refusals";

export const refusals: typeof english = {
	too_large: "内容太长，请分成几条。",
	muted: "你暂时不能在这里发言。",
	unknown_account: "没有这个账号。",
	unknown_group: "没有这个群组，或者你不在其中。",
	csrf: "页面已过期，请刷新后重试。",
	malformed: "服务器无法理解这条消息。",
	id_reused: "这条消息与另一条冲突，请重试。",
	account_disabled: "你的账号已停用，请联系服务器管理员。",
	forbidden_origin: "你打开页面所用的地址不被服务器认可，请使用常用地址。",
	announcements_only: "此群只有群主和管理员可以发言，请让他们代为发布。",
	out_of_scope: "此机器人不能在这里发言，其主人可在机器人设置中放行。",
	forbidden_topic: "不能从这里写入。请刷新页面后再试。",
	unknown_message: "相关的消息已不存在，或者你看不到它。",
	unknown_file: "文件已不在服务器上，请重新添加。",
	unknown_sticker: "这个贴纸已被删除，请另选一个。",
	not_yours: "这是别人的消息，只有发送者可以修改。",
	not_editable: "这类消息不能修改，可以撤回后重新发送。",
	admins_only: "只有群主和管理员可以这样做，请联系他们。",
	too_late: "已经超过时限，请改发一条新消息。",
	already_voted: "你已经投过票，撤回后可以重新投。",
	past_time: "这个时间已过，或超过一年，请另选一个。",
	// what is asked for by the parts that come later
	malformed_name: "名字须为 2 到 32 个字符：a–z、0–9、_ 和 -，以字母或数字开头。",
	reserved_name: "这个名字是保留的，请换一个。",
	name_taken: "这个名字已被使用，请换一个。",
	weak_password: "密码须为 8 到 256 个字符，请换一个。",
	malformed_display_name: "昵称须为 1 到 64 个可见字符。",
	request_to_self: "不能加自己为好友。",
	already_friends: "你们已经是好友了。",
	already_requested: "你已发过请求，请等待对方回应。",
	already_member: "对方已经是成员。",
	not_owner: "只有群主或管理员可以这样做。",
	too_many: "已达上限，请先移除一些。",
};
