/** The service worker: hears the browser and hands on. What it does stands in the files beside it. */

import { BUILD } from "virtual:build";
import { Api } from "../net/api";
import { dialMqtt } from "../net/mqtt";
import { browser } from "../platform/browser";
import { addShare, database } from "../platform/database";
import { type FromWorker, OUTBOX_TAG, type ToWorker } from "../platform/words";
import { readWaiting, sendOutbox } from "./outbox";
import { handleNotificationClick, handlePush, handlePushSubscriptionChange } from "./push";
import { receiveShare, SHARE_PATH } from "./share";
import { Shell } from "./shell";

declare const self: ServiceWorkerGlobalScope;

/** Background Sync, which not every browser has. */
interface SyncEvent extends ExtendableEvent {
	readonly tag: string;
}

/** Static routing (Service Workers, `addRoutes`), which not every browser has. */
interface RoutingEvent extends ExtendableEvent {
	addRoutes?: (rules: readonly Rule[]) => Promise<void>;
}
interface Rule {
	readonly condition: { readonly urlPattern: string };
	readonly source: "network" | "cache";
}

/** What needs no worker does not wake it, and does not wait for it: these are the answers that it would give. */
const ROUTES: readonly Rule[] = [
	{ condition: { urlPattern: "/api/*" }, source: "network" },
	{ condition: { urlPattern: "/assets/*" }, source: "cache" }, // and the network where it has none
];

const { clock, random } = browser;
const shell = new Shell(BUILD, self.location.origin, caches, (request: Request) => fetch(request), clock);

self.addEventListener("install", (event) => {
	const routed = (event as RoutingEvent).addRoutes?.(ROUTES).catch(() => undefined); // then all comes by way of us
	event.waitUntil(Promise.all([routed, shell.keep()]));
});

self.addEventListener("activate", (event) => {
	event.waitUntil(Promise.all([tidy(""), self.clients.claim()]));
});

self.addEventListener("fetch", (event) => {
	const { request } = event;
	if (request.method === "POST" && new URL(request.url).pathname === SHARE_PATH) {
		event.respondWith(receiveShare(request, addShare, clock.now()));
		return;
	}
	const answer = shell.answer(request);
	if (answer === null) return;
	event.respondWith(answer);
});

self.addEventListener("message", (event) => {
	const said = (event.data as ToWorker | null)?.type;
	if (said === "take-over") void self.skipWaiting();
	if (said === "settled" && event.source instanceof Client) event.waitUntil(tidy(event.source.id));
});

self.addEventListener("sync", (event) => {
	const sync = event as SyncEvent;
	if (sync.tag === OUTBOX_TAG) sync.waitUntil(sendWaiting());
});

self.addEventListener("push", (event) => event.waitUntil(handlePush(event)));
self.addEventListener("notificationclick", (event) => event.waitUntil(handleNotificationClick(event)));
self.addEventListener("pushsubscriptionchange", (event) => {
	(event as ExtendableEvent).waitUntil(handlePushSubscriptionChange(event as ExtendableEvent));
});

/** Older builds go when no page but the one that has just opened is there: that one is of this build. */
async function tidy(opened: string): Promise<void> {
	if (self.registration.installing || self.registration.waiting) return; // a newer build is being kept
	const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
	if (pages.every(({ id }) => id === opened)) await shell.dropOthers();
}

function sendWaiting(): Promise<void> {
	const api = new Api(
		(url, init) => fetch(url, init),
		() => navigator.language,
	);
	return sendOutbox({
		me: () => api.me(),
		token: () => api.mqttToken(),
		dial: dialMqtt,
		waiting: (account) => readWaiting(database, account),
		remove: (account, id) => database.write(account, [{ store: "outbox", name: id }]),
		alone,
		sent: (id) => tell({ type: "sent", id }),
		clock,
		hex: random.hex,
	});
}

async function alone(account: string, run: () => Promise<void>): Promise<boolean> {
	return navigator.locks.request(`hongyan.line.${account}`, { ifAvailable: true }, async (lock) => {
		if (lock !== null) await run();
		return lock !== null;
	});
}

async function tell(message: FromWorker): Promise<void> {
	const pages = await self.clients.matchAll({ type: "window" });
	for (const page of pages) page.postMessage(message);
}
