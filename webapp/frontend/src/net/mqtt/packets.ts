/**
 * MQTT 3.1.1 control packets: what a client of ours sends is encoded, what a server may send it is parsed.
 *
 * Also: broker/hongyan_broker/plane/packets.py, and tests/contract/packets.json, which both read.
 */

export type Qos = 0 | 1;

/** The server broke the protocol, or this is no MQTT: close the connection [MQTT-4.8.0-1]. */
export class MalformedPacket extends Error {
	override name = "MalformedPacket";
}

export interface Will {
	readonly topic: string;
	readonly payload: string;
	readonly qos: Qos;
}

/** A CONNECT with a clean session. */
export interface Connect {
	readonly clientId: string;
	readonly username: string;
	readonly password: string;
	readonly keepAliveS: number;
	readonly will: Will;
}

export interface Publish {
	readonly type: "publish";
	readonly topic: string;
	/** Bytes of its own, not a view of what came with it. */
	readonly payload: Uint8Array<ArrayBuffer>;
	readonly qos: 0 | 1 | 2;
	readonly dup: boolean;
	readonly retain: boolean;
	/** 0 with QoS 0. */
	readonly id: number;
}

export type Packet =
	| { readonly type: "connack"; readonly sessionPresent: boolean; readonly code: number }
	| Publish
	| { readonly type: "puback"; readonly id: number }
	| { readonly type: "pubrel"; readonly id: number }
	| { readonly type: "suback"; readonly id: number; readonly codes: readonly number[] }
	| { readonly type: "pingresp" };

type Bytes = Uint8Array<ArrayBuffer>;
/** Octets as numbers, or bytes. */
type Part = readonly number[] | Uint8Array;

const utf8 = new TextEncoder();
// U+FEFF is a character like any other [MQTT-1.5.3-3]; surrogates and overlong forms are refused [MQTT-1.5.3-1].
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const PINGREQ: Bytes = Uint8Array.of(0xc0, 0);
export const DISCONNECT: Bytes = Uint8Array.of(0xe0, 0);

export function encodeConnect({ clientId, username, password, keepAliveS, will }: Connect): Bytes {
	const flags = 0b1100_0110 | (will.qos << 3); // user name, password, will, clean session
	const texts = [clientId, will.topic, will.payload, username, password];
	return encode(0x10, [...field("MQTT"), [4, flags, ...octets(keepAliveS)], ...texts.flatMap(field)]);
}

/** `id` is not sent with QoS 0 [MQTT-2.3.1-5]. */
export function encodePublish(topic: string, payload: string, qos: Qos, id: number): Bytes {
	return encode(0x30 | (qos << 1), [...field(topic), qos ? octets(id) : [], utf8.encode(payload)]);
}

export function encodeSubscribe(id: number, filters: readonly string[], qos: Qos): Bytes {
	return encode(0x82, [octets(id), ...filters.flatMap((filter) => [...field(filter), [qos]])]);
}

export function encodePuback(id: number): Bytes {
	return encode(0x40, [octets(id)]);
}

export function encodePubrec(id: number): Bytes {
	return encode(0x50, [octets(id)]);
}

export function encodePubcomp(id: number): Bytes {
	return encode(0x70, [octets(id)]);
}

/** 1 to 4 octets for 0 to 268,435,455 (section 2.2.3). */
export function encodeRemainingLength(length: number): number[] {
	return length > 0x7f ? [(length & 0x7f) | 0x80, ...encodeRemainingLength(length >> 7)] : [length];
}

function octets(number: number): number[] {
	return [number >> 8, number & 0xff];
}

/** Two bytes of length, then UTF-8. */
function field(text: string): Part[] {
	const bytes = utf8.encode(text);
	if (bytes.length > 0xffff) throw new RangeError("a text of more than 65,535 bytes");
	return [octets(bytes.length), bytes];
}

function encode(first: number, parts: readonly Part[]): Bytes {
	const length = parts.reduce((sum, part) => sum + part.length, 0);
	return join([[first, ...encodeRemainingLength(length)], ...parts]);
}

function join(parts: readonly Part[]): Bytes {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** Cuts a stream of bytes, in chunks of any size, into packets of at most `maxBytes`. */
export class PacketReader {
	private held: Bytes = new Uint8Array(0);

	constructor(private readonly maxBytes: number) {}

	feed(chunk: Uint8Array): void {
		this.held = join([this.held, chunk]);
	}

	/** The next whole packet, or null until more bytes come. Throws `MalformedPacket`: nothing further can be read. */
	next(): Packet | null {
		const header = parseFixedHeader(this.held);
		if (header === null) return null;
		const { first, start, end } = header;
		demand(end <= this.maxBytes, `${end} bytes`);
		const parse = PARSE[first >> 4];
		demand(parse !== undefined, `packet type ${first >> 4}`);
		if (end > this.held.length) return null;
		const body = this.held.subarray(start, end);
		this.held = this.held.subarray(end);
		return parse(first & 0x0f, body);
	}
}

/** Where the body starts and ends; null until all of the header is there. */
function parseFixedHeader(bytes: Bytes): { first: number; start: number; end: number } | null {
	let length = 0;
	for (let at = 1; at < 5; at += 1) {
		const octet = bytes[at];
		if (octet === undefined) return null;
		length |= (octet & 0x7f) << (7 * (at - 1));
		if (octet < 0x80) return { first: bytes[0] ?? 0, start: at + 1, end: at + 1 + length };
	}
	throw new MalformedPacket("a remaining length of more than four bytes");
}

type Parse = (flags: number, body: Bytes) => Packet;

const PARSE: Readonly<Record<number, Parse>> = {
	2: parseConnack,
	3: parsePublish,
	4: (flags, body) => ({ type: "puback", id: onlyId(flags === 0, body) }),
	6: (flags, body) => ({ type: "pubrel", id: onlyId(flags === 0b0010, body) }), // [MQTT-3.6.1-1]
	9: parseSuback,
	13: (flags, body) => {
		demand(flags === 0 && body.length === 0, "PINGRESP");
		return { type: "pingresp" };
	},
};

function parseConnack(flags: number, body: Bytes): Packet {
	const [present = 0, code = 0] = body;
	demand(flags === 0 && body.length === 2 && present < 2, "CONNACK");
	demand(code === 0 || present === 0, "a session with a refusal [MQTT-3.2.2-4]");
	return { type: "connack", sessionPresent: present === 1, code };
}

function parsePublish(flags: number, body: Bytes): Packet {
	const qos = (flags >> 1) & 3;
	const dup = (flags & 0b1000) !== 0;
	demand(qos === 0 || qos === 1 || qos === 2, "QoS 3 [MQTT-3.3.1-4]");
	demand(qos > 0 || !dup, "DUP with QoS 0 [MQTT-3.3.1-2]");
	const end = 2 + readNumber(body, 0);
	demand(end <= body.length, "a topic beyond the end of its packet");
	const topic = parseTopicName(body.subarray(2, end));
	const id = qos > 0 ? readId(body, end) : 0;
	const payload = body.slice(qos > 0 ? end + 2 : end);
	return { type: "publish", topic, payload, qos, dup, retain: (flags & 1) === 1, id };
}

function parseSuback(flags: number, body: Bytes): Packet {
	const codes = [...body.subarray(2)];
	demand(flags === 0 && codes.length > 0, "SUBACK");
	demand(
		codes.every((code) => code < 3 || code === 0x80),
		"return code [MQTT-3.9.3-2]",
	);
	return { type: "suback", id: readId(body, 0), codes };
}

function parseTopicName(bytes: Bytes): string {
	let topic = "";
	try {
		topic = strictUtf8.decode(bytes);
	} catch {
		// "" is refused below
	}
	demand(topic !== "" && !/[+#\0]/.test(topic), "topic name [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.3.2-2]");
	return topic;
}

function onlyId(flagsFit: boolean, body: Bytes): number {
	demand(flagsFit && body.length === 2, "flags or length [MQTT-2.2.2-2]");
	return readId(body, 0);
}

function readId(body: Bytes, at: number): number {
	const id = readNumber(body, at);
	demand(id > 0, "packet identifier 0 [MQTT-2.3.1-1]");
	return id;
}

function readNumber(body: Bytes, at: number): number {
	const [high, low] = [body[at], body[at + 1]];
	demand(high !== undefined && low !== undefined, "a truncated number");
	return (high << 8) | low;
}

function demand(fits: boolean, why: string): asserts fits {
	if (!fits) throw new MalformedPacket(why);
}
