import { expect, test } from "vitest";
import type { MqttToken } from "../../src/contract/api";
import { ApiError } from "../../src/net/api";
import type { Line } from "../../src/net/line";
import { sharedLine } from "../../src/net/tabs";
import { FakeBrowser, type FakeTab } from "../support/tabs";
import { FakeClock, FakeKeep, FakeLink, FakeShelf } from "../support/world";

const TCP = { host: "localhost", port: 1883, tls: false };
const TOKEN: MqttToken = {
	username: "ann",
	password: "p",
	clientIdPrefix: "ann-",
	websocketUrl: "ws://x/mqtt",
	tcp: TCP,
};

/** ann's browser; the tabs of an account share a world. */
class House {
	readonly browser = new FakeBrowser();
	readonly clock = new FakeClock();
	readonly links: FakeLink[] = [];
	signedIn = true;
	private count = 0;

	open(): Tab {
		this.count += 1;
		return new Tab(this, String(this.count).padStart(32, "0"));
	}

	/** The connections that nobody has closed. */
	get live(): FakeLink[] {
		return this.links.filter(({ closed }) => !closed);
	}

	get link(): FakeLink {
		const [link, ...more] = this.live;
		if (!link || more.length > 0) throw new Error(`${this.live.length} connections`);
		return link;
	}

	/** Let every promise settle. */
	async settle(): Promise<void> {
		for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
	}

	/** The connection that is being made opens. */
	async connect(): Promise<void> {
		await this.settle();
		this.link.handlers.opened();
	}

	async online(tabs: number): Promise<Tab[]> {
		const opened = Array.from({ length: tabs }, () => this.open());
		await this.connect();
		for (const tab of opened) tab.said.length = 0;
		return opened;
	}
}

class Tab {
	readonly said: string[] = [];
	readonly line: Line;
	readonly tab: FakeTab;

	constructor(house: House, random: string) {
		this.tab = house.browser.tab();
		const askToken = async () => {
			if (!house.signedIn) throw new ApiError(401, "not_signed_in", "");
			return TOKEN;
		};
		const dial = async (...given: ConstructorParameters<typeof FakeLink>) => {
			const link = new FakeLink(...given);
			house.links.push(link);
			return link;
		};
		const platform = {
			clock: house.clock,
			shelf: new FakeShelf(),
			keep: new FakeKeep(),
			random: { fraction: () => 1, hex: () => random },
		};
		this.line = sharedLine(this.tab, dial)("ann", askToken, platform, {
			opened: () => this.said.push("opened"),
			received: (topic, payload) => this.said.push(`${topic} ${new TextDecoder().decode(payload)}`),
			changed: (state) => this.said.push(state),
			signedOut: () => this.said.push("signed out"),
			told: (word) => this.said.push(`told ${word}`),
		});
		this.line.start();
	}
}

function leading(tabs: Tab[]): boolean[] {
	return tabs.map(({ line }) => line.leads);
}

test("of three tabs one connects, and all are open", async () => {
	const house = new House();
	const tabs = [house.open(), house.open(), house.open()];
	await house.connect();
	expect(leading(tabs)).toEqual([true, false, false]);
	expect(house.links.map(({ clientId }) => clientId)).toEqual([`ann-${"1".padStart(32, "0")}`]);
	for (const { said } of tabs) expect(said).toEqual(["connecting", "online", "opened"]);
});

test("a tab that comes later is open at once, and the others do not open again", async () => {
	const house = new House();
	const [first] = await house.online(1);
	expect(house.open().said).toEqual(["connecting", "online", "opened"]);
	expect(first?.said).toEqual([]);
	expect(house.links).toHaveLength(1);
});

test("what is received is received in every tab, once", async () => {
	const house = new House();
	const tabs = await house.online(3);
	house.link.deliver("im/ann/inbox/user/bob", 1);
	for (const { said } of tabs) expect(said).toEqual(["im/ann/inbox/user/bob 1"]);
});

test("what any tab publishes leaves once, by the one connection", async () => {
	const house = new House();
	const [first, second, third] = await house.online(3);
	expect([first, second, third].map((tab, at) => tab?.line.publish("im/ann/send/user/bob", `${at}`, 1))).toEqual([
		true,
		true,
		true,
	]);
	expect(house.link.published.map(({ payload }) => payload)).toEqual([0, 1, 2]);
});

test("without a connection no tab takes a message", () => {
	const house = new House();
	const tabs = [house.open(), house.open()];
	expect(tabs.map(({ line }) => line.publish("t", "1", 1))).toEqual([false, false]);
});

test("a lost connection is told to all, and so is the next", async () => {
	const house = new House();
	const tabs = await house.online(2);
	house.link.handlers.closed();
	expect(house.live).toEqual([]);
	for (const { said } of tabs) expect(said).toEqual(["waiting"]);
	tabs[1]?.line.retryNow(); // the person is at the tab that follows
	await house.connect();
	for (const { said } of tabs) expect(said).toEqual(["waiting", "connecting", "online", "opened"]);
});

test("when the tab that leads closes the next one leads at once", async () => {
	const house = new House();
	const [first, second, third] = (await house.online(3)) as [Tab, Tab, Tab];
	first.tab.close();
	house.links[0]?.close();
	expect(leading([second, third])).toEqual([true, false]);
	await house.connect();
	expect(second.said).toEqual(["connecting", "online", "opened"]);
	expect(third.said).toEqual(["connecting", "online", "opened"]);
	house.link.deliver("t", 1);
	expect(third.said.at(-1)).toBe("t 1");
});

test("when a tab that follows closes nothing happens", async () => {
	const house = new House();
	const [first, second] = (await house.online(2)) as [Tab, Tab];
	second.line.stop();
	house.link.deliver("t", 1);
	expect([first.said, second.said, house.links.length]).toEqual([["t 1"], [], 1]);
});

test("a tab that stops hands over before it is gone", async () => {
	const house = new House();
	const [first, second] = (await house.online(2)) as [Tab, Tab];
	first.line.stop();
	expect(house.live).toEqual([]);
	expect(leading([first, second])).toEqual([false, true]);
	await house.connect();
	expect([first.said, second.said]).toEqual([[], ["connecting", "online", "opened"]]);
});

test("a tab in view takes over from one that does not answer for three seconds", async () => {
	const house = new House();
	const [frozen, second] = (await house.online(2)) as [Tab, Tab];
	frozen.tab.frozen = true;
	expect(second.line.publish("t", "1", 1)).toBe(true); // it cannot know; the message is published again when it opens
	house.clock.pass(2_999);
	expect(second.line.leads).toBe(false);
	house.clock.pass(1);
	expect(leading([frozen, second])).toEqual([false, true]);
	await house.connect();
	expect(second.said).toEqual(["connecting", "online", "opened"]);
	expect(house.links[0]?.on("status").map(({ payload }) => payload)).toEqual([{ state: "offline" }]);
});

test("a frozen tab that wakes up follows, and sees what the others see", async () => {
	const house = new House();
	const [frozen, second] = (await house.online(2)) as [Tab, Tab];
	frozen.tab.frozen = true;
	second.line.retryNow();
	house.clock.pass(3_000);
	frozen.tab.frozen = false;
	await house.connect();
	expect(frozen.said).toEqual(["connecting", "online", "opened"]);
	frozen.line.publish("t", "1", 1);
	expect(house.link.published).toEqual([{ topic: "t", payload: 1 }]);
});

test("a tab that nobody sees takes nothing, until it is looked at", async () => {
	const house = new House();
	const [frozen, second] = (await house.online(2)) as [Tab, Tab];
	frozen.tab.frozen = true;
	second.tab.visible = false;
	house.clock.pass(60_000);
	expect(leading([frozen, second])).toEqual([true, false]);
	second.tab.visible = true;
	second.line.retryNow();
	house.clock.pass(3_000);
	expect(leading([frozen, second])).toEqual([false, true]);
});

test("a tab in view notices by itself that the one that leads is frozen", async () => {
	const house = new House();
	const [frozen, second] = (await house.online(2)) as [Tab, Tab];
	frozen.tab.frozen = true;
	house.clock.pass(18_000);
	expect(second.line.leads).toBe(true);
});

test("of two tabs in view one takes over, the other follows it", async () => {
	const house = new House();
	const [frozen, second, third] = (await house.online(3)) as [Tab, Tab, Tab];
	frozen.tab.frozen = true;
	house.clock.pass(20_000);
	await house.connect();
	expect(leading([frozen, second, third]).filter(Boolean)).toHaveLength(1);
	for (const { said } of [second, third]) expect(said.slice(-2)).toEqual(["online", "opened"]);
	house.clock.pass(60_000);
	expect(house.live).toHaveLength(1);
});

test("who signs out in one tab is signed out in all", async () => {
	const house = new House();
	const tabs = await house.online(3);
	tabs[2]?.line.end();
	expect(tabs.map(({ said }) => said.filter((word) => word === "signed out").length)).toEqual([1, 1, 0]);
	house.clock.pass(60_000);
	await house.settle();
	expect(house.live).toEqual([]);
	expect(house.links).toHaveLength(1);
});

test("when the server knows the browser no more every tab hears it, once", async () => {
	const house = new House();
	const tabs = await house.online(2);
	house.signedIn = false;
	house.link.handlers.closed();
	house.clock.pass(500);
	await house.settle();
	for (const { said } of tabs) expect(said).toEqual(["waiting", "connecting", "signed out"]);
});

test("tabs tell each other words", async () => {
	const house = new House();
	const [first, second, third] = (await house.online(3)) as [Tab, Tab, Tab];
	second.line.tell("status");
	expect([first.said, second.said, third.said]).toEqual([["told status"], [], ["told status"]]);
});

test("words of another build are passed over", async () => {
	const house = new House();
	const tabs = await house.online(2);
	house.browser
		.tab()
		.join("hongyan.line.ann", () => undefined)
		.post({ type: "of tomorrow" });
	for (const { said } of tabs) expect(said).toEqual([]);
});
