/**
 * One MQTT 3.1.1 connection without a socket or a clock: bytes and times in, events and bytes out.
 *
 * CONNECT and SUBSCRIBE leave together, so that the way there and back is made once. Nothing is published again after a
 * reconnect: our messages carry ids, and whoever sends them knows which of them have no stamp yet.
 */

import {
	type Connect,
	DISCONNECT,
	encodeConnect,
	encodePuback,
	encodePubcomp,
	encodePublish,
	encodePubrec,
	encodeSubscribe,
	MalformedPacket,
	type Packet,
	PacketReader,
	PINGREQ,
	type Publish,
	type Qos,
} from "./packets";

export type SessionEvent =
	/** Connected, and every subscription is granted. */
	| { readonly type: "opened" }
	| { readonly type: "received"; readonly topic: string; readonly payload: Uint8Array }
	/** For ever, and the last event. `why` is for people who look for a fault. */
	| { readonly type: "closed"; readonly why: string };

const ANSWER_WITHIN_MS = 10_000; // to CONNECT with SUBSCRIBE, and to each PINGREQ
const PING_EVERY_MS = 25_000;
const MAX_PACKET_BYTES = 1_048_576;
const MAX_INFLIGHT = 32; // PUBLISH packets of QoS 1 that wait for their PUBACK; more wait here
const MAX_WAITING = 1_000; // beyond it one is dropped: its sender tries again, for it gets no stamp
const SUBSCRIBE_ID = 1;

export class Session {
	private readonly reader = new PacketReader(MAX_PACKET_BYTES);
	private output: Uint8Array<ArrayBuffer>[] = [];
	private state: "connecting" | "subscribing" | "open" | "closed" = "connecting";
	private readonly inflight = new Set<number>();
	private readonly waiting: (readonly [topic: string, payload: string])[] = [];
	/** Packet identifiers of QoS 2 that were received and not yet released. */
	private readonly unreleased = new Set<number>();
	private lastId = SUBSCRIBE_ID;
	private answerDueMs: number | null;
	private pingDueMs: number;

	constructor(connect: Connect, filters: readonly string[], nowMs: number) {
		this.output.push(encodeConnect(connect), encodeSubscribe(SUBSCRIBE_ID, filters, 1));
		this.answerDueMs = nowMs + ANSWER_WITHIN_MS;
		this.pingDueMs = nowMs + PING_EVERY_MS;
	}

	/** The packets to be sent now, in this order. */
	takeOutput(): Uint8Array<ArrayBuffer>[] {
		const taken = this.output;
		this.output = [];
		return taken;
	}

	receive(chunk: Uint8Array): SessionEvent[] {
		const events: SessionEvent[] = [];
		try {
			this.reader.feed(chunk);
			for (let packet = this.readNext(); packet; packet = this.readNext()) this.handle(packet, events);
		} catch (error) {
			if (!(error instanceof MalformedPacket)) throw error;
			events.push(this.close(error.message));
		}
		return events;
	}

	/** Let the clock speak, every few seconds; later does no harm. */
	tick(nowMs: number): SessionEvent[] {
		if (this.state === "closed") return [];
		if (this.answerDueMs !== null && nowMs >= this.answerDueMs) return [this.close("no answer")];
		if (this.state === "open" && nowMs >= this.pingDueMs) {
			this.output.push(PINGREQ);
			this.answerDueMs = nowMs + ANSWER_WITHIN_MS;
			this.pingDueMs = nowMs + PING_EVERY_MS;
		}
		return [];
	}

	/** Only while open; otherwise it is dropped. */
	publish(topic: string, payload: string, qos: Qos): void {
		if (this.state !== "open") return;
		if (qos === 0) this.output.push(encodePublish(topic, payload, 0, 0));
		else if (this.inflight.size < MAX_INFLIGHT) this.sendPublish(topic, payload);
		else if (this.waiting.length < MAX_WAITING) this.waiting.push([topic, payload]);
	}

	/** End it on purpose: the server drops the will. */
	disconnect(): void {
		if (this.state !== "closed") this.output.push(DISCONNECT);
		this.state = "closed";
	}

	private readNext(): Packet | null {
		return this.state === "closed" ? null : this.reader.next();
	}

	private handle(packet: Packet, events: SessionEvent[]): void {
		if ((packet.type === "connack") !== (this.state === "connecting"))
			throw new MalformedPacket(`${packet.type} while ${this.state}`); // [MQTT-3.2.0-1]
		if (packet.type === "connack") this.handleConnack(packet.code, packet.sessionPresent);
		else if (packet.type === "suback") events.push(this.handleSuback(packet.id, packet.codes));
		else if (packet.type === "publish") this.handlePublish(packet, events);
		else if (packet.type === "puback") this.handlePuback(packet.id);
		else if (packet.type === "pubrel") this.handlePubrel(packet.id);
		else if (this.state === "open") this.answerDueMs = null; // PINGRESP
	}

	private handleConnack(code: number, sessionPresent: boolean): void {
		if (code !== 0 || sessionPresent) throw new MalformedPacket(`refused with ${code}`); // [MQTT-3.2.2-1]
		this.state = "subscribing";
	}

	private handleSuback(id: number, codes: readonly number[]): SessionEvent {
		if (this.state !== "subscribing" || id !== SUBSCRIBE_ID) throw new MalformedPacket("an unexpected SUBACK");
		if (codes.some((code) => code === 0x80)) throw new MalformedPacket("a subscription was refused");
		this.state = "open";
		this.answerDueMs = null;
		return { type: "opened" };
	}

	private handlePublish({ topic, payload, qos, id }: Publish, events: SessionEvent[]): void {
		const repeated = qos === 2 && this.unreleased.has(id);
		if (!repeated) events.push({ type: "received", topic, payload });
		if (qos === 1) this.output.push(encodePuback(id));
		if (qos !== 2) return;
		this.unreleased.add(id);
		this.output.push(encodePubrec(id));
	}

	private handlePubrel(id: number): void {
		this.unreleased.delete(id);
		this.output.push(encodePubcomp(id));
	}

	private handlePuback(id: number): void {
		if (!this.inflight.delete(id)) throw new MalformedPacket(`PUBACK of ${id}, which was not sent`);
		const next = this.waiting.shift();
		if (next) this.sendPublish(...next);
	}

	private sendPublish(topic: string, payload: string): void {
		do this.lastId = (this.lastId % 0xffff) + 1;
		while (this.inflight.has(this.lastId));
		this.inflight.add(this.lastId);
		this.output.push(encodePublish(topic, payload, 1, this.lastId));
	}

	private close(why: string): SessionEvent {
		this.state = "closed";
		return { type: "closed", why };
	}
}
