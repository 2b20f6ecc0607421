import { expect, test } from "vitest";
import { joinTexts } from "../src/i18n/join";
import type { Traffic, Uploads } from "../src/messenger/uploads";
import { Dock } from "../src/view/composer/uploads";

test("what is said at once and what is said later make one dictionary, area by area", () => {
	const start = { send: "Send", talk: { reply: "Answer" } };
	const later = { save: "Save", talk: { forward: "Forward" }, admin: { title: "Office" } };
	expect(joinTexts(start, later)).toEqual({
		send: "Send",
		save: "Save",
		talk: { reply: "Answer", forward: "Forward" },
		admin: { title: "Office" },
	});
});

function stubUploads(deeds: string[]): Uploads {
	const traffic: Traffic = { trays: new Map([["user/bob", []]]), parcels: [] };
	const stub = {
		subscribe: (listener: (traffic: Traffic) => void) => listener(traffic),
		add: (place: string) => deeds.push(`add ${place}`),
		resumeWaiting: () => deeds.push("resume"),
	};
	return stub as unknown as Uploads;
}

test("files that are chosen without a network wait until the uploads can be loaded", async () => {
	const deeds: string[] = [];
	let online = false;
	const dock = new Dock(async () => {
		if (!online) throw new TypeError("no network");
		return stubUploads(deeds);
	});
	const heard: number[] = [];
	dock.subscribe(({ trays }) => heard.push(trays.size));
	dock.add("user/bob", []);
	await new Promise(setImmediate);
	expect([deeds, heard]).toEqual([[], [0]]);

	online = true;
	dock.resumeWaiting();
	await new Promise(setImmediate);
	expect(deeds).toEqual(["add user/bob", "resume"]);
	expect(heard).toEqual([0, 1]);
});
