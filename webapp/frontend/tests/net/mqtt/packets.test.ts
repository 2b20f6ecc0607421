import { expect, test } from "vitest";
import cases from "../../../../../tests/contract/packets.json";
import {
	DISCONNECT,
	encodeConnect,
	encodePuback,
	encodePubcomp,
	encodePublish,
	encodePubrec,
	encodeRemainingLength,
	encodeSubscribe,
	MalformedPacket,
	type Packet,
	PacketReader,
	PINGREQ,
	type Qos,
} from "../../../src/net/mqtt/packets";
import { hexOf, readBytes } from "../../support/bytes";

const LIMIT = 1_000;

interface Described {
	readonly type: string;
	readonly id: number;
	readonly qos: Qos;
	readonly topic: string;
	readonly payload: string;
	readonly filters: readonly string[];
	readonly client_id: string;
	readonly username: string;
	readonly password: string;
	readonly keep_alive_s: number;
	readonly will: { readonly topic: string; readonly payload: string; readonly qos: Qos };
}

const ENCODERS: Readonly<Record<string, (described: Described) => Uint8Array>> = {
	connect: ({ client_id: clientId, keep_alive_s: keepAliveS, ...rest }) =>
		encodeConnect({ clientId, keepAliveS, ...rest }),
	subscribe: ({ id, filters, qos }) => encodeSubscribe(id, filters, qos),
	publish: ({ topic, payload, qos, id }) => encodePublish(topic, payload, qos, id),
	puback: ({ id }) => encodePuback(id),
	pubrec: ({ id }) => encodePubrec(id),
	pubcomp: ({ id }) => encodePubcomp(id),
	pingreq: () => PINGREQ,
	disconnect: () => DISCONNECT,
};

/** A parsed packet as the cases describe it. */
function describe(packet: Packet): unknown {
	if (packet.type === "connack") return { type: "connack", session_present: packet.sessionPresent, code: packet.code };
	if (packet.type !== "publish") return packet;
	return { ...packet, payload: new TextDecoder().decode(packet.payload) };
}

function readAll(...chunks: Uint8Array[]): Packet[] {
	const reader = new PacketReader(LIMIT);
	const found: Packet[] = [];
	for (const chunk of chunks) {
		reader.feed(chunk);
		for (let packet = reader.next(); packet; packet = reader.next()) found.push(packet);
	}
	return found;
}

test.each(cases.remaining_lengths)("a remaining length of $length", ({ length, bytes }) => {
	expect(hexOf(Uint8Array.from(encodeRemainingLength(length)))).toBe(hexOf(readBytes(bytes)));
});

test.each(cases.from_a_client)("is encoded: $name", ({ packet, bytes }) => {
	const encoded = ENCODERS[packet.type]?.(packet as unknown as Described);
	expect(encoded && hexOf(encoded)).toBe(hexOf(readBytes(bytes)));
});

test.each(cases.from_a_server)("is parsed: $name", ({ packet, bytes }) => {
	expect(readAll(readBytes(bytes)).map(describe)).toEqual([packet]);
});

test.each(cases.from_a_server)("every truncation waits: $name", ({ packet, bytes }) => {
	const whole = readBytes(bytes);
	for (let cut = 0; cut < whole.length; cut += 1) {
		expect(readAll(whole.subarray(0, cut))).toEqual([]);
		expect(readAll(whole.subarray(0, cut), whole.subarray(cut)).map(describe)).toEqual([packet]);
	}
});

test.each(cases.refused_by_a_client)("is refused: $name", ({ bytes }) => {
	expect(() => readAll(readBytes(bytes))).toThrow(MalformedPacket);
});

test("a packet of exactly the limit is read, one byte more is refused by its header", () => {
	expect(readAll(readBytes("30 e5 07 0001 'a'"), new Uint8Array(994))).toHaveLength(1); // 997 and 3 of header
	expect(() => readAll(readBytes("30 e6 07"))).toThrow(MalformedPacket);
});

test("a text that does not fit into two bytes of length is not sent", () => {
	expect(() => encodePublish("雁".repeat(21_846), "", 0, 0)).toThrow(RangeError);
});

test("the payload stays as it was when the bytes that it came in are used again", () => {
	const chunk = readBytes("30 04 0001 'a' 'x'");
	const [packet] = readAll(chunk);
	chunk.fill(0);
	expect(packet && describe(packet)).toMatchObject({ payload: "x" });
});

test("whatever bytes come, packets are read or refused, in any chunks alike", () => {
	for (let seed = 1; seed <= 3_000; seed += 1) {
		const bytes = garbage(seed);
		const whole = outcome(bytes);
		const cut = seed % bytes.length;
		expect(outcome(bytes.subarray(0, cut), bytes.subarray(cut)), `seed ${seed}`).toEqual(whole);
	}
});

function outcome(...chunks: Uint8Array[]): unknown[] {
	const reader = new PacketReader(LIMIT);
	const found: unknown[] = [];
	try {
		for (const chunk of chunks) {
			reader.feed(chunk);
			for (let packet = reader.next(); packet; packet = reader.next()) found.push(packet);
		}
	} catch (error) {
		if (!(error instanceof MalformedPacket)) throw error;
		found.push("refused");
	}
	return found;
}

/** A valid packet with up to three bytes changed, and noise behind it: mostly nearly right, which noise alone never is. */
function garbage(seed: number): Uint8Array {
	let state = seed * 2_654_435_761;
	const roll = (below: number) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
	const { bytes } = cases.from_a_server[roll(cases.from_a_server.length)] ?? { bytes: "d0 00" };
	const octets = [...readBytes(bytes), ...Array.from({ length: roll(6) }, () => roll(256))];
	for (let change = roll(4); change > 0; change -= 1) octets[roll(octets.length)] = roll(256);
	return Uint8Array.from(octets);
}
