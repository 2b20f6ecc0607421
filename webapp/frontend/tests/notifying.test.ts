import { beforeEach, describe, expect, it } from "vitest";
import { type Message, parseMessage } from "../src/contract/envelope";
import { type Desk, Notifier } from "../src/messenger/notifier";
import { OwnPresence } from "../src/messenger/presence";
import { emptyConversation } from "../src/model/conversation";
import { emptyModel, type Model } from "../src/model/model";
import { FakeClock, FakeShelf } from "./support/world";

const MINUTE_MS = 60_000;

function message(seq: number): Message {
	return parseMessage({ id: `m${seq}`, kind: "text", body: "hi", from: "bob", to: "user/ann", seq, at: 1 });
}

describe("what a page tells", () => {
	const clock = new FakeClock();
	let said: string[];
	let facts: { sees: boolean; hidden: boolean; leads: boolean; mayShow: boolean };
	let model: Model;
	let notifier: Notifier;

	beforeEach(() => {
		said = [];
		facts = { sees: false, hidden: true, leads: true, mayShow: true };
		const talk = { ...emptyConversation("user/bob"), lastSeq: 7, readSeq: 6 };
		const empty = emptyModel({ username: "ann", displayName: "Ann", picture: null });
		model = { ...empty, conversations: new Map([["user/bob", talk]]) };
		const desk: Desk = {
			sees: () => facts.sees,
			hidden: () => facts.hidden,
			leads: () => facts.leads,
			mayShow: () => facts.mayShow,
			show: (key) => said.push(`show ${key}`),
			chime: () => said.push("chime"),
		};
		notifier = new Notifier(
			desk,
			clock,
			() => model,
			() => null,
		);
	});

	it("comes a moment later, shown and heard", () => {
		notifier.hear("user/bob", message(7));
		clock.pass(1_499);
		expect(said).toEqual([]);
		clock.pass(1);
		expect(said).toEqual(["show user/bob", "chime"]);
	});

	it.each([
		["who has it in view", { sees: true }, []],
		["another tab speaks", { leads: false }, []],
		["the page is in view, not the conversation", { hidden: false }, ["chime"]],
		["the server tells it", { mayShow: false }, ["chime"]],
	])("%s", (_when, change, expected) => {
		Object.assign(facts, change);
		notifier.hear("user/bob", message(7));
		clock.pass(2_000);
		expect(said).toEqual(expected);
	});

	it("is nothing that was read meanwhile, or after the end", () => {
		notifier.hear("user/bob", message(6));
		clock.pass(2_000);
		notifier.hear("user/bob", message(7));
		notifier.stop();
		clock.pass(2_000);
		expect(said).toEqual([]);
	});
});

describe("one's own status", () => {
	it("is kept with its words, and gone when one signs out", () => {
		const [shelf, clock] = [new FakeShelf(), new FakeClock()];
		new OwnPresence("ann", shelf, clock).choose("busy", "  in a meeting ");
		const again = new OwnPresence("ann", shelf, clock);
		expect(again.shown()).toEqual({ state: "busy", text: "in a meeting" });
		expect(new OwnPresence("bob", shelf, clock).shown()).toEqual({ state: "online", text: "" });
		again.forget();
		expect(shelf.keys()).toEqual([]);
	});

	it("is away after ten minutes without input in any tab, and back at once", () => {
		const [shelf, clock] = [new FakeShelf(), new FakeClock()];
		const [one, other] = [new OwnPresence("ann", shelf, clock), new OwnPresence("ann", shelf, clock)];
		clock.pass(9 * MINUTE_MS);
		expect(other.noteInput()).toBe(false);
		clock.pass(9 * MINUTE_MS);
		expect(one.shown().state).toBe("online");
		clock.pass(MINUTE_MS);
		expect([one.shown().state, other.shown().state]).toEqual(["away", "away"]);
		expect(one.noteInput()).toBe(true);
		expect([one.shown().state, other.shown().state]).toEqual(["online", "online"]);
	});

	it("stays what one chose, however long one is away", () => {
		const clock = new FakeClock();
		const presence = new OwnPresence("ann", new FakeShelf(), clock);
		presence.choose("invisible", "");
		clock.pass(60 * MINUTE_MS);
		expect(presence.shown().state).toBe("invisible");
	});

	it.each(["{", "7", '["of tomorrow", 3]', "null"])("begins anew where it cannot be read: %s", (text) => {
		const shelf = new FakeShelf();
		shelf.set("hongyan.status.ann", text);
		expect(new OwnPresence("ann", shelf, new FakeClock()).shown()).toEqual({ state: "online", text: "" });
	});
});
