/** What is there for people who hear the page, or go through it by keyboard. */

import type { StartTexts } from "../index";

export const access: StartTexts["access"] = {
	skip: "跳过会话列表",
	online: "已重新连接。",
};
