import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { MqttToken } from "../../src/contract/api";
import { dialMqtt, type Link } from "../../src/net/mqtt";
import { hexOf, readBytes } from "../support/bytes";

const TOKEN: MqttToken = {
	username: "ann",
	password: "p",
	clientIdPrefix: "ann-",
	websocketUrl: "ws://127.0.0.1/mqtt",
	tcp: { host: "127.0.0.1", port: 1883, tls: false },
};
const CONNACK = "20 02 00 00";
const SUBACK = "90 06 0001 01 01 01 01";

class FakeSocket {
	static readonly OPEN = 1;
	readyState = 0;
	binaryType = "blob";
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
	onclose: (() => void) | null = null;
	readonly sent: string[] = [];

	constructor(
		readonly url: string,
		readonly protocol: string,
	) {
		sockets.push(this);
	}

	send(bytes: Uint8Array): void {
		this.sent.push(hexOf(bytes));
	}

	close(): void {
		this.readyState = 2;
	}

	open(): void {
		this.readyState = 1;
		this.onopen?.();
	}

	get(...packets: string[]): void {
		this.onmessage?.({ data: readBytes(packets.join(" ")).buffer });
	}
}

let sockets: FakeSocket[] = [];
let said: string[] = [];

beforeEach(() => {
	sockets = [];
	said = [];
	vi.useFakeTimers();
	vi.stubGlobal("WebSocket", FakeSocket);
});

afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

async function dial(): Promise<{ link: Link; socket: FakeSocket }> {
	const link = await dialMqtt(TOKEN, "ann-1", {
		opened: () => said.push("opened"),
		received: (topic, payload) => said.push(`${topic} ${new TextDecoder().decode(payload)}`),
		closed: () => said.push("closed"),
	});
	const socket = sockets[0];
	if (!socket) throw new Error("nobody has dialled");
	return { link, socket };
}

test("it dials binary MQTT, and is open when its four branches are granted", async () => {
	const { socket } = await dial();
	expect([socket.url, socket.protocol, socket.binaryType]).toEqual(["ws://127.0.0.1/mqtt", "mqtt", "arraybuffer"]);
	expect(socket.sent).toEqual([]);
	socket.open();
	expect(socket.sent.map((packet) => packet.slice(0, 2))).toEqual(["10", "82"]);
	socket.get(CONNACK, SUBACK);
	expect(said).toEqual(["opened"]);
});

test("what is received is acknowledged and told, what is published is sent", async () => {
	const { link, socket } = await dial();
	socket.open();
	socket.get(CONNACK, SUBACK, "32 06 0001 'a' 0007 'x'");
	link.publish("b", "y", 1);
	expect(said).toEqual(["opened", "a x"]);
	expect(socket.sent.slice(2)).toEqual(["40020007", hexOf(readBytes("32 06 0001 'b' 0002 'y'"))]);
});

test.each([
	["the socket closes", (socket: FakeSocket) => socket.onclose?.()],
	["the server sends garbage", (socket: FakeSocket) => socket.get("00 00")],
	["nobody answers", () => vi.advanceTimersByTime(15_000)],
])("closed is told once when %s", async (_name, happen) => {
	const { link, socket } = await dial();
	socket.open();
	happen(socket);
	happen(socket);
	link.close();
	expect(said).toEqual(["closed"]);
	expect(socket.readyState).toBe(2);
	expect(vi.getTimerCount()).toBe(0);
});

test("a goodbye is said, and nobody is told", async () => {
	const { link, socket } = await dial();
	socket.open();
	socket.get(CONNACK, SUBACK);
	link.close();
	socket.onclose?.();
	link.publish("b", "y", 1);
	expect(said).toEqual(["opened"]);
	expect(socket.sent.at(-1)).toBe("e000");
	expect(socket.sent).toHaveLength(3);
});

test("a goodbye before the socket is open sends nothing", async () => {
	const { link, socket } = await dial();
	link.close();
	expect([socket.sent, socket.readyState, said]).toEqual([[], 2, []]);
});

test("what is told while a handler closes the link is told no more", async () => {
	let link: Link | null = null;
	link = await dialMqtt(TOKEN, "ann-1", {
		opened: () => link?.close(),
		received: () => said.push("received"),
		closed: () => said.push("closed"),
	});
	sockets[0]?.open();
	sockets[0]?.get(CONNACK, SUBACK, "30 04 0001 'a' 'x'");
	expect(said).toEqual([]);
});
