/** Notifications, the badge and a sound, as far as the browser has them. */

import { decodeBase64Url } from "../contract/base64url";
import { addressOf, type PushAddress } from "../net/push";

/** Why there are none; "ask": nobody was asked yet. */
export type Permission = "granted" | "ask" | "denied" | "insecure" | "installFirst" | "unsupported";

export interface Shown {
	readonly title: string;
	readonly body: string;
	/** One of a tag is shown at a time. */
	readonly tag: string;
	readonly hash: string;
	readonly silent: boolean;
}

export function permission(): Permission {
	if (!isSecureContext) return "insecure";
	if (!("Notification" in globalThis)) return isApplePhone() ? "installFirst" : "unsupported";
	return Notification.permission === "default" ? "ask" : Notification.permission;
}

/** Safari on a phone has notifications for installed pages only. */
function isApplePhone(): boolean {
	return /iPhone|iPad/.test(navigator.userAgent);
}

/** Ask the person, in the browser's own window. */
export async function askPermission(): Promise<Permission> {
	if (permission() === "ask") await Notification.requestPermission();
	return permission();
}

async function registration(): Promise<ServiceWorkerRegistration | null> {
	if (!("serviceWorker" in navigator)) return null;
	return (await navigator.serviceWorker.getRegistration().catch(() => undefined)) ?? null;
}

/** Whether messages can come while no page is open. */
export async function canPush(): Promise<boolean> {
	return "PushManager" in globalThis && (await registration()) !== null;
}

/** Subscribe at the browser's push service; null where it does not let us. */
export async function subscribe(publicKey: string): Promise<PushAddress | null> {
	const manager = (await registration())?.pushManager;
	if (!manager) return null;
	try {
		const before = await manager.getSubscription();
		if (before && !isFor(before, publicKey)) await before.unsubscribe(); // the server has another key now
		const key = decodeBase64Url(publicKey);
		return addressOf(await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
	} catch {
		return null; // no push service, or no way to it
	}
}

export async function unsubscribe(): Promise<void> {
	const subscription = await (await registration())?.pushManager?.getSubscription();
	await subscription?.unsubscribe().catch(() => false);
}

/** Nobody is signed in here any longer: what is still on its way does not come, and what came does not stay in view. */
export async function silence(): Promise<void> {
	await Promise.all([unsubscribe(), withdraw(), setBadge(0)]);
}

function isFor({ options }: PushSubscription, publicKey: string): boolean {
	const key = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
	const wanted = decodeBase64Url(publicKey);
	return key.length === wanted.length && key.every((octet, at) => octet === wanted[at]);
}

/** Tell the person; a click opens `hash`. */
export async function show({ title, body, tag, hash, silent }: Shown): Promise<void> {
	const options = { body, tag, silent, icon: ICON, data: { hash }, renotify: true };
	const worker = await registration();
	if (worker) {
		await worker.showNotification(title, options).catch(() => undefined);
		return;
	}
	try {
		const notification = new Notification(title, options);
		notification.onclick = () => {
			window.focus();
			location.hash = hash;
			notification.close();
		};
	} catch {
		// A browser that shows them from a worker only.
	}
}

const ICON = "/icons/icon-192.png";

/** Take away what was shown of a conversation that somebody reads now; without a tag, all of it. */
export async function withdraw(tag?: string): Promise<void> {
	const shown = (await (await registration())?.getNotifications(tag === undefined ? {} : { tag })) ?? [];
	for (const notification of shown) notification.close();
}

/** The number on the icon of the installed pages. */
export async function setBadge(count: number): Promise<void> {
	if (!("setAppBadge" in navigator)) return;
	await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}

let context: AudioContext | null = null;

/** Two soft notes, like a bell far away. Silent until the person has touched the page once. */
export function chime(): void {
	if (!navigator.userActivation?.hasBeenActive) return;
	context ??= new AudioContext();
	note(context, 660, 0);
	note(context, 880, 0.12);
}

function note(audio: AudioContext, frequency: number, delayS: number): void {
	const from = audio.currentTime + delayS;
	const gain = audio.createGain();
	gain.gain.setValueAtTime(0, from);
	gain.gain.linearRampToValueAtTime(0.08, from + 0.015);
	gain.gain.exponentialRampToValueAtTime(0.0005, from + 0.7);
	gain.connect(audio.destination);
	const tone = audio.createOscillator();
	tone.frequency.value = frequency;
	tone.connect(gain);
	tone.start(from);
	tone.stop(from + 0.75);
}

/** Be the tab that speaks for all, as soon as none other is; the answer ends it. */
export function lead(name: string, changed: (leads: boolean) => void): () => void {
	if (!("locks" in navigator)) {
		changed(true);
		return () => undefined;
	}
	const ending = new AbortController();
	let release = () => {};
	const held = new Promise<void>((resolve) => {
		release = resolve;
	});
	navigator.locks
		.request(name, { signal: ending.signal }, () => {
			changed(true);
			return held;
		})
		.catch(() => undefined); // given up while waiting
	return () => {
		ending.abort();
		release();
	};
}
