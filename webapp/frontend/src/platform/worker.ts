/** The page's side of the service worker. Without one (plain http, private windows) nothing here does anything. */

import { hasWorker, workers } from "./served";
import { type FromWorker, OUTBOX_TAG, parseFromWorker, type ToWorker } from "./words";

const SCRIPT = "/sw.js";
const LOOK_EVERY_MS = 3_600_000; // for a new build, while a page stays open

/** Trusted Types, which not every browser has. */
interface PolicyFactory {
	createPolicy(
		name: string,
		rules: { createScriptURL: (url: string) => string },
	): {
		createScriptURL(url: string): string;
	};
}

interface SyncManager {
	register(tag: string): Promise<void>;
}

let registered: Promise<ServiceWorkerRegistration | null> | null = null;

/** Have the worker installed; the first call does it. Null where there is none. */
export function registerWorker(): Promise<ServiceWorkerRegistration | null> {
	registered ??= register();
	return registered;
}

async function register(): Promise<ServiceWorkerRegistration | null> {
	if (!import.meta.env.PROD) return null; // the development server has none
	try {
		return (await workers()?.register(scriptUrl(), { updateViaCache: "none" })) ?? null;
	} catch {
		return null; // forbidden, no room, or no network: the pages work without
	}
}

/** The only address that a script of ours may ever be started from by name. */
function scriptUrl(): string {
	const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
	return trustedTypes?.createPolicy("hongyan-worker", { createScriptURL: () => SCRIPT }).createScriptURL("") ?? SCRIPT;
}

/** Have the worker send what waits, when there is a network and no page of ours. */
export async function askForSync(): Promise<void> {
	const registration = (await workers()?.getRegistration()) as { readonly sync?: SyncManager } | undefined;
	await registration?.sync?.register(OUTBOX_TAG).catch(() => undefined); // not allowed: the next page sends
}

/** Hear what the worker says; the answer ends it. */
export function onWorkerMessage(handler: (message: FromWorker) => void): () => void {
	const hear = ({ data }: MessageEvent) => {
		const message = parseFromWorker(data);
		if (message) handler(message);
	};
	workers()?.addEventListener("message", hear);
	return () => workers()?.removeEventListener("message", hear);
}

/**
 * Hear that a newer build is installed and waits for this one's pages to close.
 *
 * `handler` is given what lets it take over at once: this page is loaded anew, others go on with the files they have.
 * The answer ends it.
 */
export function onUpdate(handler: (takeOver: () => void) => void): () => void {
	const ending = new AbortController();
	void watch(handler, ending.signal);
	return () => ending.abort();
}

async function watch(handler: (takeOver: () => void) => void, signal: AbortSignal): Promise<void> {
	const registration = await registerWorker();
	if (signal.aborted) return;
	const look = () => {
		const waiting = registration?.waiting;
		if (waiting && hasWorker()) handler(() => reloadWith(waiting)); // without: it is the first of all
	};
	const heed = () => registration?.installing?.addEventListener("statechange", look, { signal });
	registration?.addEventListener("updatefound", heed, { signal });
	const looking = setInterval(() => void registration?.update().catch(() => undefined), LOOK_EVERY_MS);
	signal.addEventListener("abort", () => clearInterval(looking));
	tell(workers()?.controller, { type: "settled" });
	look();
}

function reloadWith(waiting: ServiceWorker): void {
	workers()?.addEventListener("controllerchange", () => location.reload(), { once: true });
	tell(waiting, { type: "take-over" });
}

function tell(worker: ServiceWorker | null | undefined, message: ToWorker): void {
	worker?.postMessage(message);
}
