/** What the components share: who is signed in, the model, the page in view, language and looks. */

import { getContext, setContext, tick } from "svelte";
import type { Me } from "../contract/api";
import type { Site } from "../contract/door";
import type { ConversationKey } from "../contract/topics";
import { chooseLanguage, type Language, loadStart, loadTexts, type StartTexts, type Texts } from "../i18n";
import type { Opened } from "../messenger/kept";
import type { Messenger } from "../messenger/messenger";
import { UNKNOWN_SITE } from "../model/door";
import type { NamesKnown } from "../model/model";
import { chatHash, parseRoute, type Route } from "../model/route";
import type { AccountApi } from "../net/account";
import { Api, ApiError } from "../net/api";
import type { ContactsApi } from "../net/contacts";
import { DoorApi } from "../net/door";
import type { GroupsApi } from "../net/groups";
import type { Platform } from "../platform/platform";
import { learnIcons } from "./icons";
import { Appearance } from "./looks/appearance.svelte";
import { ModelParts } from "./parts.svelte";

export type Phase = "starting" | "unreachable" | "welcome" | "chat";
export type PageDialog = "jump" | "shortcuts" | "newGroup" | "signOut";
/** What is said at the door: why one stands there. */
export type DoorNotice = "signedOut" | "deleted" | "resetDone" | "signInFirst";

const LANGUAGE_KEY = "hongyan.language";
const INVITATION_KEY = "hongyan.invitation"; // outlives the way to a provider and back
const ACCOUNT_KEY = "hongyan.account"; // see messenger/kept.ts, which is loaded later
const RETRY_MS = 3_000;
const NOBODY_KNOWN: NamesKnown = { faces: new Map(), remarks: new Map(), members: new Map() };

/** What this browser kept of whoever was signed in last. */
async function readKept({ shelf, keep }: Platform): Promise<Opened | null> {
	const account = shelf.get(ACCOUNT_KEY);
	if (account === null) return null;
	const { openKept } = await import("./inside");
	return openKept(keep, account);
}

export class Ui {
	phase = $state<Phase>("starting");
	notice = $state<DoorNotice | null>(null);
	/** Whether somebody who is signed in came back from a provider in vain. */
	linkFailed = $state(false);
	/** What the server offers at the door; null: it has not told yet. */
	site = $state.raw<Site | null>(null);
	model = $state.raw<ModelParts | null>(null);
	messenger = $state.raw<Messenger | null>(null);
	route = $state.raw<Route>({ page: "chats" });
	language = $state<Language>("en");
	/** Of what is said later (see i18n/), only what is shown by `Lazy` may speak. */
	t = $state.raw() as Texts;
	private rest: Promise<void> | null = null;
	private early = false; // the pages were opened from what was kept, and the server has not answered yet
	readonly namesKnown: NamesKnown = $derived(this.model ?? NOBODY_KNOWN);
	/** What stands above the whole page, opened by keys and from several places. */
	dialog = $state<PageDialog | null>(null);
	readonly api: Api;
	readonly door: DoorApi;
	/** These three are there as soon as `loadRest` has ended, as the words are. */
	account!: AccountApi;
	contacts!: ContactsApi;
	groups!: GroupsApi;
	readonly appearance: Appearance;

	/** The language of this browser's person, loaded; and what is said in it. */
	static async open(platform: Platform): Promise<Ui> {
		const kept = readKept(platform); // meanwhile
		kept.catch(() => undefined); // it is heard in `openKept`
		const language = chooseLanguage(platform.shelf.get(LANGUAGE_KEY), navigator.languages);
		return new Ui(platform, language, await loadStart(language), kept);
	}

	private constructor(
		readonly platform: Platform,
		language: Language,
		texts: StartTexts,
		private kept: Promise<Opened | null> | null,
	) {
		this.api = new Api(
			(url, init) => fetch(url, init),
			() => this.language,
		);
		this.door = new DoorApi(this.api.call);
		this.language = language;
		this.t = texts as Texts;
		this.appearance = new Appearance(platform.shelf);
		this.route = parseRoute(location.hash);
	}

	/** Find out whether this browser is signed in; what it kept is shown meanwhile. */
	async begin(): Promise<void> {
		const asked = this.api.me();
		asked.catch(() => undefined); // it is heard below
		await this.openKept().catch(() => undefined);
		try {
			await this.enter(await asked);
		} catch (error) {
			if (error instanceof ApiError && error.status === 401) this.turnedAway();
			else if (this.early) this.startEarly();
			else this.wait();
		}
	}

	/** Show what this browser kept of whoever was signed in last. Coming back from a provider it may be another. */
	private async openKept(): Promise<void> {
		const kept = this.kept ?? readKept(this.platform);
		this.kept = null; // of whoever it was when the page came: who signs in later has it read anew
		if (this.messenger || this.route.page === "sign-in") return;
		const opened = await kept;
		if (!opened) return;
		await this.show(opened.model.me, opened);
		this.early = true;
	}

	/** The pages show what was kept; now they ask the server. */
	private startEarly(): void {
		this.early = false;
		this.messenger?.start();
	}

	/** Nobody is signed in here any longer. */
	private turnedAway(): void {
		if (this.messenger) this.messenger.expire();
		else this.phase = "welcome";
	}

	/** Someone is signed in: start their messenger, which nobody at the door has to load. */
	async enter(me: Me): Promise<void> {
		if (this.early && this.messenger?.model.me.username === me.username) this.messenger.knowMe(me);
		else await this.show(me);
		this.startEarly();
	}

	/** Nothing of another's pages stays in view. */
	private async putAside(messenger: Messenger): Promise<void> {
		messenger.stop();
		this.messenger = null;
		this.model = null;
		this.phase = "starting";
		await tick();
	}

	private async show(me: Me, opened: Opened | null = null): Promise<void> {
		const { Messenger, noteAccount, openLine } = await import("./inside");
		if (this.messenger) await this.putAside(this.messenger);
		void noteAccount(this.platform, me.username);
		let shown: ModelParts | null = null;
		const messenger = new Messenger(
			me,
			this.api,
			openLine,
			this.platform,
			(model) => shown?.follow(model),
			() => this.leave(),
		);
		if (opened) await messenger.resume(opened, this.route.page === "chat" ? this.route.key : null);
		shown = new ModelParts(messenger.model);
		this.model = shown;
		this.messenger = messenger;
		this.notice = null;
		this.linkFailed = this.phase === "starting" && this.route.page === "sign-in" && this.route.step === "failed";
		this.phase = "chat";
		if (this.route.page === "sign-in") location.hash = this.linkFailed ? "#/settings/security" : "#/";
	}

	/** The server has signed this browser in: enter as whoever it was. */
	async enterSignedIn(): Promise<void> {
		await this.enter(await this.api.me());
	}

	async loadSite(): Promise<void> {
		this.site = await this.door.site().catch(() => UNKNOWN_SITE);
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
		if (this.messenger) this.messenger.expire();
		else this.leave();
		this.notice = notice;
	}

	/** The account is no more: nothing of it stays in this browser. */
	farewell(): void {
		this.messenger?.forget();
		this.notice = "deleted";
		location.hash = "#/";
	}

	/** Where its words cannot be loaded, the language stays. */
	async setLanguage(language: Language): Promise<void> {
		this.platform.shelf.set(LANGUAGE_KEY, language);
		const texts = await loadTexts(language);
		this.language = language;
		this.t = texts;
		await this.loadRest();
	}

	/** What the parts say and ask that the first view does without. */
	loadRest(): Promise<void> {
		this.rest ??= this.learn(this.language).catch((error: unknown) => {
			this.rest = null;
			throw error;
		});
		return this.rest;
	}

	private async learn(language: Language): Promise<void> {
		const [texts, rest] = await Promise.all([loadTexts(language), import("./rest")]);
		learnIcons(rest.laterIcons);
		this.account = new rest.AccountApi(this.api.call);
		this.contacts = new rest.ContactsApi(this.api.call);
		this.groups = new rest.GroupsApi(this.api.call);
		if (language === this.language) this.t = texts;
	}

	/** Another tab has chosen: the language is the same in all, and so is who is signed in. */
	followShelf(key: string | null): void {
		const { shelf } = this.platform;
		if (key === LANGUAGE_KEY) void this.setLanguage(chooseLanguage(shelf.get(key), navigator.languages));
		if (key !== ACCOUNT_KEY) return;
		const account = shelf.get(key);
		if (account === null || account === this.messenger?.model.me.username) return;
		if (this.messenger) this.messenger.expire();
		else if (this.phase === "welcome") this.beginAnew();
	}

	followAddress(): void {
		this.dialog = null;
		this.route = parseRoute(location.hash);
	}

	openChat(key: ConversationKey): void {
		location.hash = chatHash(key);
	}

	private leave(): void {
		this.messenger = null;
		this.model = null;
		this.dialog = null;
		if (this.platform.shelf.get(ACCOUNT_KEY) !== null) {
			this.beginAnew();
			return;
		}
		this.notice = "signedOut";
		this.phase = "welcome";
		void import("./signedout").then(({ clearDesk }) => clearDesk()).catch(() => undefined); // as far as it can be
	}

	/** Somebody signed in, in another window. */
	private beginAnew(): void {
		this.phase = "starting";
		void this.begin();
	}

	private wait(): void {
		this.phase = "unreachable";
		this.platform.clock.after(RETRY_MS, () => void this.begin());
	}
}

const KEY = Symbol("ui");

export function provideUi(ui: Ui): void {
	setContext(KEY, ui);
}

export function useUi(): Ui {
	return getContext<Ui>(KEY);
}

/** The signed-in part: only components below Shell may ask. */
export function useMessenger(): { readonly messenger: Messenger; readonly model: ModelParts } {
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
