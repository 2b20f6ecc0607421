import { expect, test } from "vitest";
import type { Me } from "../src/contract/api";
import type { KeepStore } from "../src/platform/platform";
import { World } from "./support/world";

const ANNE = { username: "ann", displayName: "安妮" } as Me;

test("a profile that was changed in another window is shown in this one", async () => {
	const world = new World();
	const messenger = await world.online();
	world.server.api.meAgain = async (): Promise<Me> => ANNE;
	world.link.deliver("im/ann/notice", { type: "profile_changed", who: "ann" });
	await world.settle();
	expect(messenger.model.me.displayName).toBe("安妮");
	expect(messenger.model.faces.get("ann")?.displayName).toBe("安妮");
});

test("a friend's change says nothing about oneself", async () => {
	const world = new World();
	const messenger = await world.online();
	world.server.api.meAgain = async (): Promise<Me> => ANNE;
	world.link.deliver("im/ann/notice", { type: "profile_changed", who: "bob" });
	await world.settle();
	expect(messenger.model.me.displayName).toBe("Ann");
});

test("of an account that is deleted nothing stays in the browser", async () => {
	const world = new World();
	world.server.commit("user/bob", "bob", "hello");
	const messenger = await world.keeping();
	await messenger.show("user/bob");
	messenger.send("user/bob", { kind: "text", body: "my last words" });
	world.clock.pass(2_000);
	await world.settle();
	expect(["accounts", "conversations", "outbox"].map((store) => world.keep.names(store as KeepStore).length)).toEqual([
		1, 1, 1,
	]);
	messenger.forget();
	await world.settle();
	expect(world.signedOut).toBe(true);
	expect(world.shelf.keys()).toEqual([]);
	expect([...world.keep.records.keys()]).toEqual([]);
});
