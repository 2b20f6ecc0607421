import { describe, expect, it } from "vitest";
import { handleNotificationClick, handlePush, type Stage } from "../../src/worker/push";

const MESSAGE = {
	type: "message",
	key: "group/lab",
	seq: 7,
	from: "bob",
	from_title: "小波",
	title: "The lab",
	kind: "text",
	body: "你好",
	mention: false,
	unread: 12,
	at: 5,
	language: "zh",
};

interface FakePage {
	focused: boolean;
	visibilityState: string;
	said: unknown[];
	focus(): Promise<void>;
	postMessage(message: unknown): void;
}

function page(focused: boolean, visibilityState = "visible"): FakePage {
	const said: unknown[] = [];
	return {
		focused,
		visibilityState,
		said,
		async focus() {
			said.push("focus");
		},
		postMessage: (message) => said.push(message),
	};
}

function stageWith(...pages: FakePage[]) {
	const shown: [string, NotificationOptions][] = [];
	const opened: string[] = [];
	const badges: number[] = [];
	const stage: Stage = {
		registration: {
			async showNotification(title, options) {
				shown.push([title, options]);
			},
			pushManager: { subscribe: () => Promise.reject(new Error("not here")) },
		},
		clients: {
			matchAll: async () => pages,
			openWindow: async (url) => opened.push(url),
		},
		navigator: {
			setAppBadge: async (count) => void badges.push(count),
			clearAppBadge: async () => void badges.push(0),
		},
	};
	return { stage, shown, opened, badges };
}

const pushed = (value: unknown) => ({ data: { json: () => value } });

describe("a push message", () => {
	it("is shown with its words, and a click knows where it leads", async () => {
		const { stage, shown, badges } = stageWith();
		await handlePush(pushed(MESSAGE), stage);
		expect(shown).toEqual([
			[
				"The lab",
				{
					body: "小波: 你好",
					tag: "group/lab",
					renotify: true,
					icon: "/icons/icon-192.png",
					badge: "/icons/badge-96.png",
					data: { hash: "#/chat/group/lab/at/7" },
					timestamp: 5,
				},
			],
		]);
		expect(badges).toEqual([12]);
	});

	it.each([
		[{ key: "user/bob", title: "小波" }, "你好"],
		[{ mention: true }, "小波: [有人提到你] 你好"],
		[{ kind: "image", body: "" }, "小波: [图片]"],
		[{ kind: "file", body: "notes.pdf", language: "en" }, "小波: [file] notes.pdf"],
		[{ kind: "", body: "" }, "小波: 新消息"],
		[{ kind: "", body: "", language: "en" }, "小波: New message"],
		[{ body: "**bold** 2*3", format: "markdown" }, "小波: bold 2*3"],
		[{ body: "**bold**" }, "小波: **bold**"],
		[{ kind: "constructor", body: "" }, "小波: 新消息"],
	])("says %j", async (change, body) => {
		const { stage, shown } = stageWith();
		await handlePush(pushed({ ...MESSAGE, ...change }), stage);
		expect(shown[0]?.[1].body).toBe(body);
	});

	it.each([
		[
			{ type: "friend_request", who: "eve", title: "Eve", at: 1, language: "en" },
			"Eve wants to be your friend",
			"#/people",
		],
		[{ ...MESSAGE, type: "group_added", language: "en" }, "小波 added you to the group", "#/chat/group/lab"],
		[
			{ type: "test", language: "en" },
			"Notifications are on. This is how new messages are told.",
			"#/settings/notifications",
		],
	])("tells of other things: %j", async (told, body, hash) => {
		const { stage, shown } = stageWith();
		await handlePush(pushed(told), stage);
		expect(shown[0]?.[1]).toMatchObject({ body, data: { hash } });
	});

	it("is left to a page that somebody looks at", async () => {
		const { stage, shown, badges } = stageWith(page(true));
		await handlePush(pushed(MESSAGE), stage);
		expect([shown, badges]).toEqual([[], [12]]);
		await handlePush(pushed({ type: "test" }), stage);
		expect(shown).toHaveLength(1);
	});

	it("is shown while pages are open that nobody looks at", async () => {
		const { stage, shown } = stageWith(page(false), page(false, "hidden"));
		await handlePush(pushed(MESSAGE), stage);
		expect(shown).toHaveLength(1);
	});

	it.each([{ data: null }, pushed(7), pushed({ type: "of tomorrow" }), pushed({ ...MESSAGE, key: "nowhere" })])(
		"is passed over where it makes no sense",
		async (event) => {
			const { stage, shown } = stageWith();
			await handlePush(event, stage);
			expect(shown).toEqual([]);
		},
	);
});

describe("a click on a notification", () => {
	const click = (hash: unknown) => {
		const notification = {
			data: { hash },
			closed: false,
			close() {
				notification.closed = true;
			},
		};
		return { notification };
	};

	it("leads a page that is open there, a visible one first", async () => {
		const [hidden, visible] = [page(false, "hidden"), page(false)];
		const event = click("#/chat/user/bob/at/3");
		await handleNotificationClick(event, stageWith(hidden, visible).stage);
		expect(visible.said).toEqual([{ type: "open", hash: "#/chat/user/bob/at/3" }, "focus"]);
		expect(hidden.said).toEqual([]);
		expect(event.notification.closed).toBe(true);
	});

	it.each([
		["#/chat/user/bob", "/#/chat/user/bob"],
		["https://elsewhere.example", "/#/"],
		[undefined, "/#/"],
	])("opens a page where there is none: %s", async (hash, url) => {
		const { stage, opened } = stageWith();
		await handleNotificationClick(click(hash), stage);
		expect(opened).toEqual([url]);
	});
});
