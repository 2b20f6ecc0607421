/** What the components share: who is signed in, the model, the page in view, language and theme. */

import { getContext, setContext } from "svelte";
import type { Site } from "../contract/account";
import type { Me } from "../contract/api";
import type { ConversationKey } from "../contract/topics";
import { chooseLanguage, type Language, textsOf } from "../i18n";
import type { Messenger } from "../messenger/messenger";
import { UNKNOWN_SITE } from "../model/door";
import type { Model } from "../model/model";
import { chatHash, parseRoute, type Route } from "../model/route";
import { AccountApi } from "../net/account";
import { Api, ApiError } from "../net/api";
import { dialMqtt } from "../net/mqtt";
import type { Platform } from "../platform/platform";

export type Theme = "auto" | "light" | "dark";
export type Phase = "starting" | "unreachable" | "welcome" | "chat";
/** What is said at the door: why one stands there. */
export type DoorNotice = "signedOut" | "deleted" | "resetDone" | "signInFirst";

const LANGUAGE_KEY = "hongyan.language";
const THEME_KEY = "hongyan.theme";
const INVITATION_KEY = "hongyan.invitation"; // outlives the way to a provider and back
const RETRY_MS = 3_000;

export class Ui {
	phase = $state<Phase>("starting");
	notice = $state<DoorNotice | null>(null);
	/** Whether somebody who is signed in came back from a provider in vain. */
	linkFailed = $state(false);
	/** What the server offers at the door; null: it has not told yet. */
	site = $state.raw<Site | null>(null);
	model = $state.raw<Model | null>(null);
	messenger = $state.raw<Messenger | null>(null);
	route = $state.raw<Route>({ page: "chats" });
	language = $state<Language>("en");
	theme = $state<Theme>("auto");
	readonly t = $derived(textsOf(this.language));
	readonly api: Api;
	readonly account: AccountApi;

	constructor(readonly platform: Platform) {
		this.api = new Api(
			(url, init) => fetch(url, init),
			() => this.language,
		);
		this.account = new AccountApi(this.api.call);
		this.language = chooseLanguage(platform.shelf.get(LANGUAGE_KEY), navigator.languages);
		this.setTheme(readTheme(platform.shelf.get(THEME_KEY)));
		this.route = parseRoute(location.hash);
	}

	/** Find out whether this browser is signed in. */
	async begin(): Promise<void> {
		try {
			await this.enter(await this.api.me());
		} catch (error) {
			if (error instanceof ApiError && error.status === 401) this.phase = "welcome";
			else this.wait();
		}
	}

	/** Someone is signed in: start their messenger, which nobody at the door has to load. */
	async enter(me: Me): Promise<void> {
		const { Messenger } = await import("../messenger/messenger");
		this.messenger?.stop();
		const messenger = new Messenger(
			me,
			this.api,
			dialMqtt,
			this.platform,
			(model) => {
				this.model = model;
			},
			() => this.leave(),
		);
		this.model = messenger.model;
		this.messenger = messenger;
		this.notice = null;
		this.linkFailed = this.phase === "starting" && this.route.page === "sign-in" && this.route.step === "failed";
		this.phase = "chat";
		if (this.route.page === "sign-in") location.hash = this.linkFailed ? "#/settings/security" : "#/";
		messenger.start();
	}

	/** The server has signed this browser in: enter as whoever it was. */
	async enterSignedIn(): Promise<void> {
		await this.enter(await this.api.me());
	}

	async loadSite(): Promise<void> {
		this.site = await this.account.site().catch(() => UNKNOWN_SITE);
	}

	/** The code of the invitation that somebody came with, or "". */
	get invitation(): string {
		return this.platform.shelf.get(INVITATION_KEY) ?? "";
	}

	set invitation(code: string) {
		if (code) this.platform.shelf.set(INVITATION_KEY, code);
		else this.platform.shelf.remove(INVITATION_KEY);
	}

	async signOut(): Promise<void> {
		await this.messenger?.signOut();
		this.notice = null;
		location.hash = "#/";
	}

	/** Something that was done at the door may have ended the sign-in of this browser: then say why, there. */
	async lookAgain(notice: DoorNotice): Promise<void> {
		const stays = this.phase === "chat" && (await this.api.me().catch(() => null)) !== null;
		if (stays) return;
		this.messenger?.stop();
		this.leave();
		this.notice = notice;
	}

	/** The account is no more: nothing of it stays in this browser. */
	farewell(): void {
		this.messenger?.forget();
		this.notice = "deleted";
		location.hash = "#/";
	}

	setLanguage(language: Language): void {
		this.language = language;
		this.platform.shelf.set(LANGUAGE_KEY, language);
	}

	setTheme(theme: Theme): void {
		this.theme = theme;
		this.platform.shelf.set(THEME_KEY, theme);
		if (theme === "auto") delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = theme;
	}

	followAddress(): void {
		this.route = parseRoute(location.hash);
	}

	openChat(key: ConversationKey): void {
		location.hash = chatHash(key);
	}

	private leave(): void {
		this.notice = "signedOut";
		this.messenger = null;
		this.model = null;
		this.phase = "welcome";
	}

	private wait(): void {
		this.phase = "unreachable";
		this.platform.clock.after(RETRY_MS, () => void this.begin());
	}
}

function readTheme(text: string | null): Theme {
	return text === "light" || text === "dark" ? text : "auto";
}

const KEY = Symbol("ui");

export function provideUi(ui: Ui): void {
	setContext(KEY, ui);
}

export function useUi(): Ui {
	return getContext<Ui>(KEY);
}

/** The signed-in part: only components below Shell may ask. */
export function useMessenger(): { readonly messenger: Messenger; readonly model: Model } {
	const ui = useUi();
	return {
		get messenger() {
			return required(ui.messenger);
		},
		get model() {
			return required(ui.model);
		},
	};
}

function required<T>(value: T | null): T {
	if (value === null) throw new Error("nobody is signed in");
	return value;
}
