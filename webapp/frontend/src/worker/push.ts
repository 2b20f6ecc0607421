/** The worker's side of notifications: what the server told is shown, a click opens it. */

import { decodeBase64Url } from "../contract/base64url";
import { parseTold, type ToldMessage, type ToldSomething } from "../contract/push";
import { isGroup } from "../contract/topics";
import { stripMarks } from "../model/markdown";
import { Api } from "../net/api";
import { addressOf, PushApi } from "../net/push";

const ICON = "/icons/icon-192.png";
const BADGE = "/icons/badge-96.png";

interface Page {
	readonly focused: boolean;
	readonly visibilityState: string;
	focus(): Promise<unknown>;
	postMessage(message: unknown): void;
}

/** What a worker has of its browser; tests hand in their own. */
export interface Stage {
	readonly registration: {
		showNotification(title: string, options: NotificationOptions): Promise<void>;
		readonly pushManager: Pick<PushManager, "subscribe">;
	};
	readonly clients: {
		matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Page[]>;
		openWindow(url: string): Promise<unknown>;
	};
	readonly navigator: { setAppBadge?(count: number): Promise<void>; clearAppBadge?(): Promise<void> };
}

const here = globalThis as unknown as Stage;

const WORDS = {
	zh: {
		newMessage: "新消息",
		mention: "[有人提到你] ",
		friendRequest: (title: string) => `${title} 想加你为好友`,
		groupAdded: (who: string) => `${who} 邀请你加入了群`,
		test: "通知已开启，有新消息时会这样提醒你。",
		kinds: {
			image: "[图片]",
			voice: "[语音]",
			video: "[视频]",
			file: "[文件]",
			sticker: "[贴纸]",
			location: "[位置]",
			contact: "[名片]",
			forward: "[聊天记录]",
			poll: "[投票]",
			data: "[数据]",
		},
	},
	en: {
		newMessage: "New message",
		mention: "[mentioned you] ",
		friendRequest: (title: string) => `${title} wants to be your friend`,
		groupAdded: (who: string) => `${who} added you to the group`,
		test: "Notifications are on. This is how new messages are told.",
		kinds: {
			image: "[picture]",
			voice: "[voice message]",
			video: "[film]",
			file: "[file]",
			sticker: "[sticker]",
			location: "[place]",
			contact: "[contact]",
			forward: "[messages]",
			poll: "[poll]",
			data: "[data]",
		},
	},
} as const;

interface Shown {
	readonly title: string;
	readonly body: string;
	readonly tag: string;
	readonly hash: string;
}

/** What is shown of it, in the language of the account. */
export function describe(told: ToldSomething): Shown {
	const words = WORDS[told.language];
	switch (told.type) {
		case "message":
			return {
				title: told.title,
				body: sayMessage(told),
				tag: told.key,
				hash: `#/chat/${told.key}/at/${told.seq}`,
			};
		case "group_added":
			return {
				title: told.title,
				body: words.groupAdded(told.fromTitle),
				tag: told.key,
				hash: `#/chat/${told.key}`,
			};
		case "friend_request":
			return {
				title: "鸿雁 Hongyan",
				body: words.friendRequest(told.title),
				tag: `request/${told.who}`,
				hash: "#/people",
			};
		case "test":
			return { title: "鸿雁 Hongyan", body: words.test, tag: "test", hash: "#/settings/notifications" };
	}
}

function sayMessage(told: ToldMessage): string {
	const { mention } = WORDS[told.language];
	const who = isGroup(told.key) ? `${told.fromTitle}: ` : "";
	return `${who}${told.mention ? mention : ""}${sayWords(told)}`;
}

function sayWords({ language, kind, body, marked }: ToldMessage): string {
	const { kinds, newMessage } = WORDS[language];
	const name = Object.hasOwn(kinds, kind) ? kinds[kind as keyof typeof kinds] : "";
	return [name, marked ? stripMarks(body) : body].filter(Boolean).join(" ") || newMessage;
}

/** What came from the server. While somebody looks at a page of ours, that page tells it. */
export async function handlePush(
	event: { readonly data: { json(): unknown } | null },
	stage: Stage = here,
): Promise<void> {
	const told = read(event.data);
	if (told === null) return;
	if ("unread" in told) await setBadge(stage, told.unread);
	const pages = await stage.clients.matchAll({ type: "window", includeUncontrolled: true });
	if (told.type !== "test" && pages.some(({ focused, visibilityState }) => focused && visibilityState === "visible"))
		return;
	const { title, body, tag, hash } = describe(told);
	const options = { body, tag, renotify: true, icon: ICON, badge: BADGE, data: { hash }, timestamp: told.at };
	await stage.registration.showNotification(title, options);
}

function read(data: { json(): unknown } | null): ToldSomething | null {
	try {
		return data && parseTold(data.json());
	} catch {
		return null; // not ours
	}
}

async function setBadge({ navigator }: Stage, count: number): Promise<void> {
	await (count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => undefined);
}

/** A page that is open goes there; else a new one opens. */
export async function handleNotificationClick(
	event: { readonly notification: { readonly data: unknown; close(): void } },
	stage: Stage = here,
): Promise<void> {
	event.notification.close();
	const hash = readHash(event.notification.data);
	const pages = await stage.clients.matchAll({ type: "window", includeUncontrolled: true });
	const page = pages.find(({ visibilityState }) => visibilityState === "visible") ?? pages[0];
	if (!page) {
		await stage.clients.openWindow(`/${hash}`);
		return;
	}
	page.postMessage({ type: "open", hash });
	await page.focus();
}

function readHash(data: unknown): string {
	const hash = typeof data === "object" && data !== null && "hash" in data ? data.hash : null;
	return typeof hash === "string" && hash.startsWith("#/") ? hash : "#/";
}

/** The push service gave the browser another address, or ended the one it had. */
export async function handlePushSubscriptionChange(_event: unknown, stage: Stage = here): Promise<void> {
	const api = new Api(
		(url, init) => fetch(url, init),
		() => "en",
	);
	const push = new PushApi(api.call);
	try {
		await api.me(); // with the proof that this session's changes need
		const { publicKey } = await push.show();
		if (publicKey === null) return;
		const options = { userVisibleOnly: true, applicationServerKey: decodeBase64Url(publicKey) };
		const address = addressOf(await stage.registration.pushManager.subscribe(options));
		if (address) await push.subscribe(address);
	} catch {
		// Signed out, or no network: the next page subscribes anew.
	}
}
