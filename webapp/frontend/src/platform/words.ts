/** What pages and worker say to each other. */

/** Of Background Sync: send what waits in the outbox. */
export const OUTBOX_TAG = "hongyan-outbox";

export type FromWorker =
	/** A notification was pressed: show this address. */
	| { readonly type: "open"; readonly hash: string }
	/** A message that waited has its stamp. */
	| { readonly type: "sent"; readonly id: string };

export type ToWorker =
	/** Be the worker of all pages now, those of an older build included. */
	| { readonly type: "take-over" }
	/** This page stands. */
	| { readonly type: "settled" };

export function parseFromWorker(value: unknown): FromWorker | null {
	if (typeof value !== "object" || value === null || !("type" in value)) return null;
	if (value.type === "open" && "hash" in value && typeof value.hash === "string" && value.hash.startsWith("#/"))
		return { type: "open", hash: value.hash };
	if (value.type === "sent" && "id" in value && typeof value.id === "string") return { type: "sent", id: value.id };
	return null;
}
