import { beforeEach, expect, test } from "vitest";
import type { Waiting } from "../../src/model/outbox";
import { ApiError, Unreachable } from "../../src/net/api";
import type { LinkHandlers } from "../../src/net/mqtt";
import { sendOutbox, type Tools } from "../../src/worker/outbox";
import { FakeClock } from "../support/world";

const TOKEN = {
	username: "ann",
	password: "secret",
	clientIdPrefix: "ann-",
	websocketUrl: "wss://chat.example/mqtt",
	tcp: { host: "chat.example", port: 8883, tls: true },
};

function waiting(id: string, body: string): Waiting {
	return { key: "user/bob", id, draft: { kind: "text", body }, files: [], at: 5 };
}

/** A server, an outbox and a browser in which `held` says whether a page has the connection. */
class World {
	readonly clock = new FakeClock();
	outbox = [waiting("m1", "first"), waiting("m2", "second")];
	held = false;
	signedIn: string | Error = "ann";
	readonly published: string[] = [];
	readonly told: string[] = [];
	closed = false;
	dialled = 0;
	/** What the exchange says to a message: its stamp, a refusal, or nothing. */
	answer = (id: string): "stamp" | "refusal" | "nothing" => (id ? "stamp" : "nothing");
	private handlers: LinkHandlers | null = null;

	readonly tools: Tools = {
		me: async () => {
			if (typeof this.signedIn !== "string") throw this.signedIn;
			return { username: this.signedIn };
		},
		token: async () => TOKEN,
		dial: async (_token, clientId, handlers) => {
			expect(clientId).toBe("ann-00ff");
			this.dialled += 1;
			this.handlers = handlers;
			queueMicrotask(() => handlers.opened());
			const close = () => {
				this.closed = true;
			};
			return { publish: (topic, payload) => this.publish(topic, payload), close };
		},
		waiting: async (account) => (account === "ann" ? this.outbox : []),
		remove: async (_account, id) => {
			this.outbox = this.outbox.filter((item) => item.id !== id);
		},
		alone: async (account, run) => {
			expect(account).toBe("ann");
			if (!this.held) await run();
			return !this.held;
		},
		sent: async (id) => void this.told.push(id),
		clock: this.clock,
		hex: () => "00ff",
	};

	say(topic: string, value: unknown): void {
		this.handlers?.received(topic, new TextEncoder().encode(JSON.stringify(value)));
	}

	private publish(topic: string, payload: string): void {
		const { id, body } = JSON.parse(payload);
		this.published.push(`${topic} ${id} ${body}`);
		const stamp = { id, kind: "text", body, from: "ann", to: "user/bob", seq: 1, at: 1_790_000_000_000 };
		if (this.answer(id) === "stamp") this.say("im/ann/sent/user/bob", stamp);
		if (this.answer(id) === "refusal")
			this.say("im/ann/notice", { type: "rejected", id, code: "blocked", message: "" });
	}
}

let world: World;
beforeEach(() => {
	world = new World();
});

test("what waits is published in order under its ids, and let go of when it has its stamp", async () => {
	await sendOutbox(world.tools);
	expect(world.published).toEqual(["im/ann/send/user/bob m1 first", "im/ann/send/user/bob m2 second"]);
	expect([world.outbox, world.told, world.closed]).toEqual([[], ["m1", "m2"], true]);
});

test("a page that holds the connection sends by itself; it may be closed before, so the browser is told to try again", async () => {
	world.held = true;
	await expect(sendOutbox(world.tools)).rejects.toThrow("may be closed");
	expect([world.dialled, world.outbox.length]).toEqual([0, 2]);
});

test("an empty outbox asks for no connection", async () => {
	world.outbox = [];
	await sendOutbox(world.tools);
	expect(world.dialled).toBe(0);
});

test("where nobody is signed in it waits for the next sign-in", async () => {
	world.signedIn = new ApiError(401, "not_signed_in", "");
	await sendOutbox(world.tools);
	expect(world.outbox.length).toBe(2);
});

test("without a server the browser is told to try again", async () => {
	world.signedIn = new Unreachable("no answer");
	await expect(sendOutbox(world.tools)).rejects.toThrow("no answer");
});

test("a refused message stays for a page to tell of it, and is not tried again now", async () => {
	world.answer = (id) => (id === "m1" ? "refusal" : "stamp");
	await sendOutbox(world.tools);
	expect(world.outbox.map(({ id }) => id)).toEqual(["m1"]);
});

test("what has no answer after twenty seconds is tried again later", async () => {
	world.answer = (id) => (id === "m1" ? "stamp" : "nothing");
	const sending = sendOutbox(world.tools);
	const ended = expect(sending).rejects.toThrow("1 of 2 messages");
	await until(() => world.published.length === 2);
	world.say("im/ann/sent/user/bob", { id: "m2", from: "bob" }); // cannot be read
	world.say("im/ann/inbox/user/bob", { nonsense: true });
	world.clock.pass(20_000);
	await ended;
	expect([world.outbox.map(({ id }) => id), world.closed]).toEqual([["m2"], true]);
});

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await Promise.resolve();
}
