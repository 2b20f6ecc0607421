/** One MQTT connection over WebSocket, by MQTT.js. It never reconnects by itself: that needs a fresh token. */

import type { MqttClient } from "mqtt";
import type { MqttToken } from "../contract/api";
import { ownFilters, statusTopic } from "../contract/topics";

export type Qos = 0 | 1;

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

/** Dial with MQTT.js, which is half of all our JavaScript and therefore loaded only now. */
export const dialMqtt: Dial = async (token, clientId, handlers) => {
	const { default: mqtt } = await import("mqtt");
	const client = mqtt.connect(token.websocketUrl, {
		clientId,
		username: token.username,
		password: token.password,
		protocolVersion: 4,
		clean: true,
		keepalive: 45,
		connectTimeout: 10_000,
		reconnectPeriod: 0,
		queueQoSZero: false,
		timerVariant: "native", // the other one is a worker from a blob, which our security policy does not allow
		will: { topic: statusTopic(token.username, clientId), payload: '{"state":"offline"}', qos: 1, retain: false },
	});
	return follow(client, token.username, handlers);
};

function follow(client: MqttClient, account: string, handlers: LinkHandlers): Link {
	let over = false;
	const finish = (tell: boolean) => {
		if (over) return;
		over = true;
		client.end(true);
		if (tell) handlers.closed();
	};
	client.on("connect", () => {
		client.subscribe(ownFilters(account), { qos: 1 }, (error, granted) => {
			if (error || granted?.some(({ qos }) => qos >= 128)) finish(true);
			else if (!over) handlers.opened();
		});
	});
	client.on("message", (topic, payload) => {
		if (!over) handlers.received(topic, payload);
	});
	client.on("error", () => finish(true));
	client.on("close", () => finish(true));
	return {
		publish(topic, payload, qos) {
			if (!over && client.connected) client.publish(topic, payload, { qos });
		},
		close() {
			if (over) return;
			over = true;
			client.end();
		},
	};
}
