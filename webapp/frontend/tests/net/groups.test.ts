import { expect, test } from "vitest";
import type { Call } from "../../src/net/api";
import { ContactsApi } from "../../src/net/contacts";
import { GroupsApi } from "../../src/net/groups";

/** What is asked, and one answer to all of it. */
function asking(answer: unknown): { call: Call; asked: unknown[][] } {
	const asked: unknown[][] = [];
	const call: Call = async (...what) => {
		asked.push(what);
		return answer;
	};
	return { call, asked };
}

test("members are asked for page by page, and by a part of a name", async () => {
	const { call, asked } = asking({ members: [], next: null });
	const groups = new GroupsApi(call);
	await groups.members("lab", null, "");
	await groups.members("lab", "50", "小 波&");
	expect(asked.map(([, path]) => path)).toEqual([
		"/groups/lab/members?limit=50",
		"/groups/lab/members?limit=50&after=50&q=%E5%B0%8F+%E6%B3%A2%26",
	]);
});

test("a link without bounds is made without them", async () => {
	const { call, asked } = asking(null);
	const groups = new GroupsApi(call);
	await groups.createLink("lab", null, null);
	await groups.createLink("lab", 9, 5);
	expect(asked).toEqual([
		["POST", "/groups/lab/links", {}],
		["POST", "/groups/lab/links", { expires_at: 9, max_uses: 5 }],
	]);
});

test.each([
	[
		{ state: "joined", group: "lab", request_id: null },
		{ state: "joined", group: "lab", waiting: null },
	],
	[
		{ state: "pending", group: "lab", request_id: 3 },
		{ state: "pending", group: "lab", waiting: 3 },
	],
	[
		{ state: "pending", group: { name: "lab" } },
		{ state: "pending", group: "lab", waiting: null },
	],
])("joining by a link, answered %j", async (answer, joined) => {
	expect(await new GroupsApi(asking(answer).call).join("abc", "")).toEqual(joined);
});

test("our own request to join is found among all that wait", async () => {
	const { call } = asking({ requests: [{ id: 4, group: "lab" }] });
	expect(await new GroupsApi(call).waitingJoin("lab")).toBe(4);
	expect(await new GroupsApi(call).waitingJoin("old")).toBeNull();
});

test("a picture is sent as it is", async () => {
	const { call, asked } = asking(null);
	const image = new Blob(["x"], { type: "image/png" });
	await new GroupsApi(call).setPicture("lab", image);
	expect(asked).toEqual([["PUT", "/groups/lab/picture", image]]);
});

test("a silence of null lasts until it is taken back", async () => {
	const { call, asked } = asking(null);
	await new ContactsApi(call).mute("group/lab", null);
	await new ContactsApi(call).unmute("user/bob");
	expect(asked).toEqual([
		["PUT", "/mutes/group/lab", { until: null }],
		["DELETE", "/mutes/user/bob"],
	]);
});

test("a label is part of the address, whatever it holds", async () => {
	const { call, asked } = asking({ label: "a b" });
	const contacts = new ContactsApi(call);
	expect(await contacts.renameLabel("a/b?", " a b")).toBe("a b");
	await contacts.deleteLabel("茶");
	expect(asked).toEqual([
		["PATCH", "/labels/a%2Fb%3F", { label: " a b" }],
		["DELETE", "/labels/%E8%8C%B6"],
	]);
});

test("a request is for a name or for a link", async () => {
	const { call, asked } = asking(null);
	const contacts = new ContactsApi(call);
	await contacts.request({ to: "bob" }, "hi");
	await contacts.request({ link: "abc" }, "");
	expect(asked.map(([, , body]) => body)).toEqual([{ to: "bob", text: "hi" }, { link: "abc" }]);
});
