/** What the pages say about one's own account: the ways in, the settings, bots and devices. */

import type { StartTexts } from "../index";

export const account: StartTexts["account"] = {
	signInByPasskey: "用通行密钥登录",
	passkeyDismissed: "没有使用通行密钥。请重试，或用密码登录。",
	passkeyKnown: "这台设备上已有你的通行密钥。请直接使用，或换一台设备。",
	providerFailed: "那边的登录没有成功。请重试；若一直如此，请用密码登录或联系服务器管理员。",
	badInvitation: "这个邀请已失效或已用完，请要一个新的。",
	tooFast: (wait) => `操作太快了，请等 ${wait}后再试。`,
	seconds: (count) => `${count} 秒`,
	minutes: (count) => `${count} 分钟`,

	sections: {
		profile: "个人资料",
		appearance: "外观",
		notifications: "通知",
		security: "密码与安全",
		devices: "我的设备",
		bots: "机器人与设备账号",
		privacy: "隐私",
		blocked: "黑名单",
		data: "我的数据",
	},
	administration: "管理",
	wrongPassword: "这不是你当前的密码，请检查后重试。",
	forgot: "忘记密码？",
	backToSignIn: "返回登录",
	resetDone: "新密码已设置，请用它登录。",
	orElse: "或者",
	signInWith: (label) => `用 ${label} 登录`,
	codeTitle: "还差一步",
	code: "验证码",
	codeHint: "验证器应用此刻显示的 6 位数字，或一个恢复码。",
	next: "继续",
	closed: "这台服务器的账号由管理员开设，请向他们申请。",
	signInFirst: "登录后即可打开这个链接。",
	deleted: "你的账号已删除。谢谢你来过。",
};
