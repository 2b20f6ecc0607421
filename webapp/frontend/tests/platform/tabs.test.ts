import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Tabs } from "../../src/platform/tabs";

/** Locks as a browser gives them to one tab: what was asked for, to be granted, refused or robbed. */
class FakeLocks {
	readonly asked: { grant: () => void; fail: () => void }[] = [];

	request(_name: string, _options: object, hold: () => Promise<void>): Promise<void> {
		return new Promise((resolve, reject) => {
			this.asked.push({ grant: () => void hold().then(resolve), fail: () => reject(new Error("refused")) });
		});
	}
}

let locks: FakeLocks;
let tabs: Tabs;

beforeEach(async () => {
	locks = new FakeLocks();
	vi.stubGlobal("navigator", { locks });
	const { findTabs } = await import("../../src/platform/tabs");
	const found = findTabs();
	if (!found) throw new Error("no locks");
	tabs = found;
});

afterEach(() => vi.unstubAllGlobals());

function compete(steal = false) {
	const said: string[] = [];
	const withdraw = tabs.compete(
		"line",
		steal,
		() => said.push("gained"),
		() => said.push("lost"),
	);
	return { said, withdraw };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("who holds it and is robbed has lost it", async () => {
	const { said } = compete();
	locks.asked[0]?.grant();
	locks.asked[0]?.fail();
	await settled();
	expect(said).toEqual(["gained", "lost"]);
});

test("who gave it up hears nothing more", async () => {
	const { said, withdraw } = compete();
	withdraw();
	locks.asked[0]?.fail();
	await settled();
	expect(said).toEqual([]);
});

test("where the browser refuses locks this tab goes its own way, and does not ask for ever", async () => {
	const { said } = compete();
	locks.asked[0]?.fail();
	await settled();
	expect(said).toEqual(["gained"]);
});
