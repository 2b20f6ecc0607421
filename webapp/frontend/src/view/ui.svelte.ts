/** What the components share: who is signed in, the model, the page in view, language and theme. */

import { getContext, setContext } from "svelte";
import type { Me } from "../contract/api";
import type { ConversationKey } from "../contract/topics";
import { chooseLanguage, type Language, textsOf } from "../i18n";
import { Messenger } from "../messenger/messenger";
import type { Model } from "../model/model";
import { chatHash, parseRoute, type Route } from "../model/route";
import { Api, ApiError } from "../net/api";
import { dialMqtt } from "../net/mqtt";
import type { Platform } from "../platform/platform";

export type Theme = "auto" | "light" | "dark";
export type Phase = "starting" | "unreachable" | "welcome" | "chat";

const LANGUAGE_KEY = "hongyan.language";
const THEME_KEY = "hongyan.theme";
const RETRY_MS = 3_000;

export class Ui {
	phase = $state<Phase>("starting");
	/** Whether the sign-in ended without the person asking for it. */
	wasSignedOut = $state(false);
	model = $state.raw<Model | null>(null);
	messenger = $state.raw<Messenger | null>(null);
	route = $state.raw<Route>({ page: "chats" });
	language = $state<Language>("en");
	theme = $state<Theme>("auto");
	readonly t = $derived(textsOf(this.language));
	readonly api: Api;

	constructor(readonly platform: Platform) {
		this.api = new Api(
			(url, init) => fetch(url, init),
			() => this.language,
		);
		this.language = chooseLanguage(platform.shelf.get(LANGUAGE_KEY), navigator.languages);
		this.setTheme(readTheme(platform.shelf.get(THEME_KEY)));
		this.route = parseRoute(location.hash);
	}

	/** Find out whether this browser is signed in. */
	async begin(): Promise<void> {
		try {
			this.enter(await this.api.me());
		} catch (error) {
			if (error instanceof ApiError && error.status === 401) this.phase = "welcome";
			else this.wait();
		}
	}

	/** Someone is signed in: start their messenger. */
	enter(me: Me): void {
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
		this.wasSignedOut = false;
		this.phase = "chat";
		messenger.start();
	}

	async signOut(): Promise<void> {
		await this.messenger?.signOut();
		this.wasSignedOut = false;
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
		this.wasSignedOut = true;
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
