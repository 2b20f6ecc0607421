/** What the messenger talks through: a connection of this tab's own, or one that all tabs of the browser share. */

import type { MqttToken } from "../contract/api";
import type { LinkState } from "../model/model";
import type { Platform } from "../platform/platform";
import { Connection } from "./connection";
import type { Dial, Qos } from "./mqtt";

export interface LineHandlers {
	/** Connected and subscribed; called again after every reconnect, and when another tab has taken over. */
	opened(): void;
	received(topic: string, payload: Uint8Array): void;
	changed(state: LinkState): void;
	/** The server knows this browser no more: the sign-in ended elsewhere, or another account signed in. */
	signedOut(): void;
	/** What another tab has said with `tell`. */
	told(word: string): void;
}

export interface Line {
	/** As the server would know this tab. */
	readonly clientId: string;
	/** Whether the connection is this tab's: exactly one tab speaks for the browser, its status for example. */
	readonly leads: boolean;
	start(): void;
	/** Do not wait any longer: the network is back, or the person is. */
	retryNow(): void;
	/** The browser says that the network is gone. */
	suspect(): void;
	/** False when there is no connection: the message was not taken. */
	publish(topic: string, payload: string, qos: Qos): boolean;
	/** Say something to the other tabs of this account. */
	tell(word: string): void;
	/** This tab goes, the others stay. */
	stop(): void;
	/** Nobody is signed in here any more: the other tabs end too. */
	end(): void;
}

export type OpenLine = (
	account: string,
	askToken: () => Promise<MqttToken>,
	platform: Platform,
	handlers: LineHandlers,
) => Line;

/** Where tabs cannot agree each has a connection of its own; the server ends them all when one signs out. */
export function ownLine(dial: Dial): OpenLine {
	return (account, askToken, platform, handlers) => {
		const connection = new Connection(account, askToken, dial, platform, handlers);
		return {
			clientId: connection.clientId,
			leads: true,
			start: () => connection.start(),
			retryNow: () => connection.retryNow(),
			suspect: () => connection.suspect(),
			publish: (topic, payload, qos) => connection.publish(topic, payload, qos),
			tell: () => undefined,
			stop: () => connection.stop(),
			end: () => connection.stop(),
		};
	};
}
