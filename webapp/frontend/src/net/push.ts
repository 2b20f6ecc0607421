/** The part of the JSON API about notifications for browsers whose pages are closed. */

import { asObject, readInteger } from "../contract/decode";
import { type Push, parsePush } from "../contract/push";
import type { Call } from "./api";

/** What a browser says of its subscription. */
export interface PushAddress {
	readonly endpoint: string;
	readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Null for one that the browser keeps to itself. */
export function addressOf(subscription: PushSubscription): PushAddress | null {
	const { endpoint, keys } = subscription.toJSON();
	const { p256dh, auth } = keys ?? {};
	return endpoint && p256dh && auth ? { endpoint, keys: { p256dh, auth } } : null;
}

export class PushApi {
	constructor(private readonly call: Call) {}

	async show(): Promise<Push> {
		return parsePush(await this.call("GET", "/push"));
	}

	/** Have this browser told, until it is signed out. */
	async subscribe({ endpoint, keys }: PushAddress): Promise<number> {
		const { p256dh, auth } = keys;
		const answer = await this.call("POST", "/push/subscriptions", { endpoint, keys: { p256dh, auth } });
		return readInteger(asObject(answer, "subscription"), "id");
	}

	async remove(id: number): Promise<void> {
		await this.call("DELETE", `/push/subscriptions/${id}`);
	}

	/** Have this browser told that it works. */
	async test(): Promise<void> {
		await this.call("POST", "/push/test");
	}
}
