/** What a `/` at the beginning of a text offers: things that the composer does. Pure. */

export const COMMANDS = [
	{ name: "poll", typed: ["poll", "vote", "投票"] },
	{ name: "photo", typed: ["photo", "picture", "video", "照片", "图片", "视频"] },
	{ name: "file", typed: ["file", "文件"] },
	{ name: "voice", typed: ["voice", "record", "语音", "录音"] },
	{ name: "sticker", typed: ["sticker", "表情", "贴纸"] },
	{ name: "location", typed: ["location", "place", "位置"] },
	{ name: "contact", typed: ["contact", "card", "名片"] },
	{ name: "code", typed: ["code", "代码"] },
	{ name: "shrug", typed: ["shrug", "耸肩", "摊手"] },
	{ name: "scheduled", typed: ["scheduled", "later", "定时"] },
	{ name: "search", typed: ["search", "find", "搜索", "查找"] },
	{ name: "date", typed: ["date", "goto", "日期"] },
	{ name: "media", typed: ["media", "files", "媒体"] },
] as const satisfies readonly { readonly name: string; readonly typed: readonly [string, ...string[]] }[];

export type Command = (typeof COMMANDS)[number];
export type CommandName = Command["name"];

/** What is being typed behind a `/` that begins the text and ends it; null: this is no command. */
export function slashAt(text: string, caret: number): string | null {
	return caret === text.length ? (/^\/([\p{L}\p{N}_-]{0,16})$/u.exec(text)?.[1]?.toLowerCase() ?? null) : null;
}

/** Those whose words begin with what was typed, in the order of the table. */
export function findCommands(query: string): readonly Command[] {
	return COMMANDS.filter(({ typed }) => typed.some((word) => word.startsWith(query)));
}
