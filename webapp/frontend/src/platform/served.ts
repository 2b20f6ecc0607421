/** Whether there is a service worker: all that the start asks about it. */

/** Null over plain http and in some private windows. */
export function workers(): ServiceWorkerContainer | null {
	return isSecureContext && "serviceWorker" in navigator ? navigator.serviceWorker : null;
}

/** Whether a worker serves this page. */
export function hasWorker(): boolean {
	return (workers()?.controller ?? null) !== null;
}
