/** One MQTT connection over WebSocket. It never reconnects by itself: that needs a fresh token. */

import type { MqttToken } from "../contract/api";
import { ownFilters, statusTopic } from "../contract/topics";
import type { Qos } from "./mqtt/packets";
import { Session, type SessionEvent } from "./mqtt/session";

export type { Qos };

export interface Link {
	publish(topic: string, payload: string, qos: Qos): void;
	/** Say goodbye; `closed` is not called any more. */
	close(): void;
}

export interface LinkHandlers {
	/** Connected, and every subscription is granted. */
	opened(): void;
	received(topic: string, payload: Uint8Array): void;
	/** It was lost, or never came to be. Called at most once. */
	closed(): void;
}

export type Dial = (token: MqttToken, clientId: string, handlers: LinkHandlers) => Promise<Link>;

// Browsers wake the timers of a hidden page once a minute. The server waits for one and a half times the keep alive.
const KEEP_ALIVE_S = 60;
const TICK_MS = 5_000;

/** Dial. Needs no page, so that a worker can do it too. */
export const dialMqtt: Dial = async (token, clientId, handlers) => {
	const socket = new WebSocket(token.websocketUrl, "mqtt"); // [MQTT-6.0.0-3]
	socket.binaryType = "arraybuffer"; // [MQTT-6.0.0-1]
	return new Driver(socket, openSession(token, clientId), handlers);
};

function openSession({ username, password }: MqttToken, clientId: string): Session {
	const will = { topic: statusTopic(username, clientId), payload: '{"state":"offline"}', qos: 1 } as const;
	return new Session(
		{ clientId, username, password, keepAliveS: KEEP_ALIVE_S, will },
		ownFilters(username),
		Date.now(),
	);
}

/** Carries bytes and times between a socket and a session. */
class Driver implements Link {
	private over = false;
	private readonly ticking: ReturnType<typeof setInterval>;

	constructor(
		private readonly socket: WebSocket,
		private readonly session: Session,
		private readonly handlers: LinkHandlers,
	) {
		socket.onopen = () => this.flush();
		socket.onmessage = ({ data }) => this.take(this.session.receive(new Uint8Array(data)));
		socket.onclose = () => this.finish(true);
		this.ticking = setInterval(() => this.take(this.session.tick(Date.now())), TICK_MS);
	}

	publish(topic: string, payload: string, qos: Qos): void {
		this.session.publish(topic, payload, qos);
		this.flush();
	}

	close(): void {
		if (this.over) return;
		this.session.disconnect();
		this.flush();
		this.finish(false);
	}

	private take(events: readonly SessionEvent[]): void {
		this.flush(); // first, so that what was received is acknowledged whatever becomes of it
		for (const event of events) {
			if (this.over) return;
			if (event.type === "opened") this.handlers.opened();
			else if (event.type === "received") this.handlers.received(event.topic, event.payload);
			else this.finish(true);
		}
	}

	private flush(): void {
		if (this.over || this.socket.readyState !== WebSocket.OPEN) return;
		for (const packet of this.session.takeOutput()) this.socket.send(packet);
	}

	private finish(tell: boolean): void {
		if (this.over) return;
		this.over = true;
		clearInterval(this.ticking);
		this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
		this.socket.close();
		if (tell) this.handlers.closed();
	}
}
