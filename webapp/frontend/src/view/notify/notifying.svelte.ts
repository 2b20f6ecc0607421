/** This browser's notifications: whether they are wanted, allowed, and come from the server too. */

import type { Push, ToldBrowser } from "../../contract/push";
import { mayOffer } from "../../model/notifying";
import { PushApi } from "../../net/push";
import * as notifications from "../../platform/notifications";
import type { Platform } from "../../platform/platform";
import type { Ui } from "../ui.svelte";

const WANTED_KEY = "hongyan.notify"; // on | off; nothing: not decided
const SOUND_KEY = "hongyan.sound"; // on
const NOT_NOW_KEY = "hongyan.notify.later"; // when it was said

export class Notifying {
	permission = $state<notifications.Permission>("ask");
	wanted = $state(false);
	sound = $state(false);
	/** What the server says; null: it has not told yet. */
	push = $state.raw<Push | null>(null);
	/** Whether this browser could take messages while its pages are closed. */
	capable = $state(false);
	private readonly api: PushApi;
	private readonly platform: Platform;

	constructor(ui: Ui) {
		this.api = new PushApi(ui.api.call);
		this.platform = ui.platform;
		this.permission = notifications.permission();
		this.wanted = this.platform.shelf.get(WANTED_KEY) === "on";
		this.sound = this.platform.shelf.get(SOUND_KEY) === "on";
	}

	// No $derived: it would end with the component that happened to ask first, and this outlives all of them.

	/** The subscription of this browser. */
	get current(): ToldBrowser | null {
		return this.push?.browsers.find(({ current }) => current) ?? null;
	}

	get others(): readonly ToldBrowser[] {
		return this.push?.browsers.filter(({ current }) => !current) ?? [];
	}

	get on(): boolean {
		return this.wanted && this.permission === "granted";
	}

	/** Ask the server, and subscribe anew where this browser's subscription has ended though it is wanted. */
	async load(): Promise<void> {
		this.permission = notifications.permission(); // it may have been changed in the browser's own settings
		this.push = await this.api.show();
		this.capable = await notifications.canPush();
		if (this.on && this.current === null) await this.subscribe();
	}

	/** Only for who wants notifications: nobody else's start costs a request. */
	async resume(): Promise<void> {
		if (this.on) await this.load().catch(() => undefined); // no network: the next start
	}

	async turnOn(): Promise<void> {
		this.permission = await notifications.askPermission();
		if (this.permission !== "granted") return;
		this.want("on");
		await this.load();
	}

	async turnOff(): Promise<void> {
		this.want("off");
		const { current } = this;
		await notifications.unsubscribe();
		if (current !== null) await this.remove(current.id);
	}

	async remove(id: number): Promise<void> {
		await this.api.remove(id);
		this.push = await this.api.show();
	}

	/** Have one shown: by the server where it tells this browser, else by this page. */
	async test(title: string, body: string): Promise<void> {
		if (this.current !== null) await this.api.test();
		else await notifications.show({ title, body, tag: "test", hash: "#/settings/notifications", silent: false });
	}

	turnSound(on: boolean): void {
		this.sound = on;
		if (on) this.platform.shelf.set(SOUND_KEY, "on");
		else this.platform.shelf.remove(SOUND_KEY);
	}

	/** Whether to offer them: nobody was asked yet, and nobody said "not now" within a month. */
	get mayOffer(): boolean {
		const { shelf, clock } = this.platform;
		return this.permission === "ask" && !shelf.get(WANTED_KEY) && mayOffer(shelf.get(NOT_NOW_KEY), clock.now());
	}

	notNow(): void {
		this.platform.shelf.set(NOT_NOW_KEY, String(this.platform.clock.now()));
	}

	private want(word: "on" | "off"): void {
		this.wanted = word === "on";
		this.platform.shelf.set(WANTED_KEY, word);
	}

	private async subscribe(): Promise<void> {
		const key = this.push?.publicKey ?? null;
		if (key === null || !this.capable) return;
		const address = await notifications.subscribe(key);
		if (address === null) {
			this.capable = false;
			return;
		}
		await this.api.subscribe(address);
		this.push = await this.api.show();
	}
}

let shared: Notifying | null = null;

/** One for all of the pages: what the settings change holds at once. */
export function useNotifying(ui: Ui): Notifying {
	shared ??= new Notifying(ui);
	return shared;
}

/** Nobody is signed in here any longer: what the server said was said to somebody else. */
export async function forgetNotifying(): Promise<void> {
	shared = null;
	await notifications.silence();
}
