import { expect, test } from "vitest";
import { Session, type SessionEvent } from "../../../src/net/mqtt/session";
import { hexOf, readBytes } from "../../support/bytes";

const WILL = { topic: "w", payload: "{}", qos: 1 } as const;
const ANN = { clientId: "a", username: "ann", password: "p", keepAliveS: 60, will: WILL };
const CONNACK = "20 02 00 00";
const SUBACK = "90 04 0001 01 01";
const PINGREQ = "c000";
const T0 = 1_790_000_000_000;

/** A session with its bytes as hex. */
class Wire {
	readonly session = new Session(ANN, ["x", "y"], T0);

	get(...packets: string[]): SessionEvent[] {
		return this.session.receive(readBytes(packets.join(" ")));
	}

	sent(): string[] {
		return this.session.takeOutput().map(hexOf);
	}

	tick(afterMs: number): string[] {
		return this.session.tick(T0 + afterMs).map(({ type }) => type);
	}
}

function opened(): Wire {
	const wire = new Wire();
	wire.sent();
	expect(wire.get(CONNACK, SUBACK)).toEqual([{ type: "opened" }]);
	return wire;
}

function closed(wire: Wire, ...packets: string[]): void {
	expect(wire.get(...packets).map(({ type }) => type)).toEqual(["closed"]);
}

function received(topic: string, payload: string): SessionEvent {
	return { type: "received", topic, payload: new TextEncoder().encode(payload) };
}

test("it connects and subscribes in one go, and is open when all is granted", () => {
	const wire = new Wire();
	expect(wire.sent()).toEqual([
		hexOf(readBytes("10 1c 0004 'MQTT' 04 ce 003c 0001 'a' 0001 'w' 0002 '{}' 0003 'ann' 0001 'p'")),
		hexOf(readBytes("82 0a 0001 0001 'x' 01 0001 'y' 01")),
	]);
	expect(wire.get(CONNACK)).toEqual([]);
	expect(wire.get(SUBACK)).toEqual([{ type: "opened" }]);
});

test.each([1, 2, 3, 4, 5, 77])("CONNACK with return code %i ends it", (code) => {
	closed(new Wire(), `20 02 00 ${code.toString(16).padStart(2, "0")}`);
});

test.each([
	["a session where a clean one was asked for [MQTT-3.2.2-1]", ["20 02 01 00"]],
	["a packet before CONNACK [MQTT-3.2.0-1]", ["30 04 0001 'a' 'x'"]],
	["a second CONNACK", [CONNACK, CONNACK]],
	["a subscription that was refused", [CONNACK, "90 04 0001 01 80"]],
	["a SUBACK of another packet identifier", [CONNACK, "90 04 0002 01 01"]],
	["garbage", [CONNACK, "ff 00"]],
])("it ends with %s", (_name, packets) => {
	closed(new Wire(), ...packets);
});

test.each([
	["a second SUBACK", SUBACK],
	["a PUBACK of what was not sent", "40 02 0005"],
])("an open one ends with %s", (_name, packet) => {
	closed(opened(), packet);
});

test("after the end nothing is read and nothing is sent", () => {
	const wire = opened();
	closed(wire, "00 00", "30 04 0001 'a' 'x'");
	expect(wire.get("30 04 0001 'a' 'x'")).toEqual([]);
	wire.session.publish("a", "x", 1);
	wire.session.disconnect();
	expect([wire.sent(), wire.tick(1_000_000)]).toEqual([[], []]);
});

test("what is received with QoS 1 is acknowledged, with QoS 0 not", () => {
	const wire = opened();
	expect(wire.get("30 04 0001 'a' 'x'", "32 06 0001 'b' 0007 'y'")).toEqual([received("a", "x"), received("b", "y")]);
	expect(wire.sent()).toEqual(["40020007"]);
});

test("what is received with QoS 2 is told once until it is released", () => {
	const wire = opened();
	const publish = "34 06 0001 'a' 0007 'x'";
	expect(wire.get(publish, "3c 06 0001 'a' 0007 'x'")).toEqual([received("a", "x")]);
	expect(wire.sent()).toEqual(["50020007", "50020007"]);
	expect(wire.get("62 02 0007")).toEqual([]);
	expect(wire.sent()).toEqual(["70020007"]);
	expect(wire.get(publish)).toEqual([received("a", "x")]);
});

test("nothing is published before it is open", () => {
	const wire = new Wire();
	wire.sent();
	wire.session.publish("a", "x", 1);
	wire.get(CONNACK);
	wire.session.publish("a", "x", 0);
	expect(wire.sent()).toEqual([]);
});

test("at most 32 messages of QoS 1 wait for their PUBACK, the next ones go in order as it comes", () => {
	const wire = opened();
	for (let count = 0; count < 34; count += 1) wire.session.publish("a", String(count), 1);
	wire.session.publish("q", "0", 0);
	const first = wire.sent();
	expect(first).toHaveLength(33);
	expect(first[0]).toBe(hexOf(readBytes("32 06 0001 'a' 0002 '0'")));
	expect(first[32]).toBe(hexOf(readBytes("30 04 0001 'q' '0'")));
	wire.get("40 02 0003");
	expect(wire.sent()).toEqual([hexOf(readBytes("32 07 0001 'a' 0022 '32'"))]);
	wire.get("40 02 0002", "40 02 0004");
	expect(wire.sent()).toEqual([hexOf(readBytes("32 07 0001 'a' 0023 '33'"))]);
});

test("packet identifiers begin again behind 65,535, and pass over those that are still under way", () => {
	const wire = opened();
	wire.session.publish("a", "slow", 1);
	for (let id = 3; id <= 65_535; id += 1) {
		wire.session.publish("a", "", 1);
		wire.session.receive(Uint8Array.of(0x40, 2, id >> 8, id & 0xff));
	}
	wire.sent();
	wire.session.publish("a", "", 1);
	wire.session.publish("a", "", 1);
	expect(wire.sent()).toEqual(["32050001610001", "32050001610003"]);
});

test("the server has ten seconds to let us in", () => {
	const wire = new Wire();
	expect(wire.tick(9_999)).toEqual([]);
	wire.get(CONNACK);
	expect(wire.tick(10_000)).toEqual(["closed"]);
});

test("it pings every 25 seconds, and ends when the answer takes more than ten", () => {
	const wire = opened();
	expect([wire.tick(24_999), wire.sent()]).toEqual([[], []]);
	expect([wire.tick(25_000), wire.sent()]).toEqual([[], [PINGREQ]]);
	expect(wire.get("d0 00")).toEqual([]);
	expect([wire.tick(49_000), wire.sent()]).toEqual([[], []]);
	expect([wire.tick(50_000), wire.sent()]).toEqual([[], [PINGREQ]]);
	expect(wire.tick(59_999)).toEqual([]);
	expect(wire.tick(60_000)).toEqual(["closed"]);
});

test("a clock that is asked once a minute only, as in a hidden page, ends nothing", () => {
	const wire = opened();
	for (let minute = 1; minute < 10; minute += 1) {
		expect([wire.tick(minute * 60_000), wire.sent()]).toEqual([[], [PINGREQ]]);
		wire.get("d0 00");
	}
});

test("a goodbye is a DISCONNECT", () => {
	const wire = opened();
	wire.session.disconnect();
	expect(wire.sent()).toEqual(["e000"]);
});
