/** 日期和时间的写法，见 i18n/format.ts。 */

import type { StartTexts } from "../index";

const day = (at: Date) => `${at.getMonth() + 1}月${at.getDate()}日`;

export const dates: StartTexts["dates"] = {
	today: "今天",
	yesterday: "昨天",
	day,
	short: day,
	withYear: (day, at) => `${at.getFullYear()}年${day}`,
	withTime: (day, time) => `${day} ${time}`,
	full: (day, at, time) => `${day}星期${"日一二三四五六"[at.getDay()]} ${time}`,
};
