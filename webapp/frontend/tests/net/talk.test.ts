import { expect, test } from "vitest";
import { ArchiveApi, exportAddress } from "../../src/net/archive";
import { DraftsApi } from "../../src/net/drafts";
import { ScheduledApi } from "../../src/net/scheduled";
import { EVERYTHING, isAsked, SearchApi } from "../../src/net/search";
import { StickersApi } from "../../src/net/stickers";

function asks(answer: unknown = null) {
	const asked: unknown[] = [];
	const call = async (...request: unknown[]) => {
		asked.push(request);
		return answer;
	};
	return { asked, call };
}

const HI = { id: "m7", kind: "text", body: "hi", from: "bob", to: "user/ann", seq: 7, at: 1 };

test("a search asks for what is filled in, and reads what was found with what stands about it", async () => {
	const result = {
		key: "user/bob",
		title: "Bob",
		message: HI,
		highlights: [[0, 2]],
		context: { before: null, after: HI },
	};
	const { asked, call } = asks({ results: [result], next: 41, behind: true });
	const api = new SearchApi(call);
	const page = await api.find({ ...EVERYTHING, words: " 雁 hi ", key: "user/bob", since: 5 }, 77);
	expect(asked).toEqual([["GET", "/search?q=%E9%9B%81+hi&in=user%2Fbob&since=5&before=77&limit=20"]]);
	expect(page).toMatchObject({ next: 41, behind: true });
	expect(page.items[0]).toMatchObject({ key: "user/bob", highlights: [[0, 2]], before: null, after: { seq: 7 } });
});

test.each([
	["nothing", {}, false],
	["blanks", { words: "  " }, false],
	["a conversation alone", { key: "user/bob" as const }, false],
	["a word", { words: "雁" }, true],
	["a kind", { kind: "image" }, true],
	["a day", { since: 1 }, true],
])("whether %s is looked for: %o", (_name, search, asked) => {
	expect(isAsked({ ...EVERYTHING, ...search })).toBe(asked);
});

test.each([
	["no list of results", {}],
	["a highlight that is no span", { results: [{ key: "user/bob", message: HI, highlights: [[1]] }] }],
	["a conversation that is none", { results: [{ key: "bob", message: HI }] }],
])("an answer with %s is refused", async (_name, answer) => {
	await expect(new SearchApi(asks(answer).call).find(EVERYTHING, null)).rejects.toThrow();
});

test("a scheduled message is made, changed, sent and thrown away", async () => {
	const { asked, call } = asks();
	const api = new ScheduledApi(call);
	const draft = { kind: "text", body: "tea?" } as const;
	await api.create("group/lab", draft, 99, "daily");
	await api.create("group/lab", draft, 99, null);
	await api.change(3, { body: "coffee?", repeat: null });
	await api.sendNow(3);
	await api.remove(3);
	expect(asked).toEqual([
		["POST", "/scheduled", { to: "group/lab", draft, deliver_at: 99, repeat: "daily" }],
		["POST", "/scheduled", { to: "group/lab", draft, deliver_at: 99 }],
		["PATCH", "/scheduled/3", { body: "coffee?", repeat: null }],
		["POST", "/scheduled/3/send"],
		["DELETE", "/scheduled/3"],
	]);
});

test("the list of what waits reads as the server writes it", async () => {
	const wire = {
		id: 3,
		to: "group/lab",
		message_id: "m1",
		draft: { kind: "text", body: "tea?" },
		deliver_at: 99,
		repeat: "weekdays",
		times: 2,
		refusal: "muted",
	};
	expect(await new ScheduledApi(asks({ scheduled: [wire] }).call).list()).toEqual([
		{
			id: 3,
			key: "group/lab",
			draft: { kind: "text", body: "tea?" },
			deliverAt: 99,
			repeat: "weekdays",
			times: 2,
			refusal: "muted",
		},
	]);
});

test("packs are read, made, filled, kept and forgotten", async () => {
	const file = { id: "f1", name: "goose.webp", type: "image/webp", size: 9, thumb: true };
	const pack = {
		name: "geese",
		title: "Geese",
		owner: "ann",
		saved: true,
		stickers: [{ name: "honk", emoji: "🪿", file }],
	};
	const { asked, call } = asks({ packs: [pack] });
	const api = new StickersApi(call);
	expect((await api.packs())[0]).toMatchObject({ name: "geese", stickers: [{ name: "honk", file: { id: "f1" } }] });
	await api.create("geese", "Geese");
	await api.put("geese", "honk", "f1", "🪿");
	await api.take("geese", "honk");
	await api.keep("geese", true);
	await api.keep("geese", false);
	await api.remove("geese");
	expect(asked.slice(1)).toEqual([
		["POST", "/stickers", { name: "geese", title: "Geese" }],
		["PUT", "/stickers/geese/honk", { file: "f1", emoji: "🪿" }],
		["DELETE", "/stickers/geese/honk"],
		["PUT", "/me/stickers/geese"],
		["DELETE", "/me/stickers/geese"],
		["DELETE", "/stickers/geese"],
	]);
});

test("a draft is saved with what it answers, and removed", async () => {
	const { asked, call } = asks();
	const api = new DraftsApi(call);
	await api.save("user/bob", { body: "I thi", reply: 7 });
	await api.save("user/bob", { body: "I thi", reply: null });
	await api.remove("user/bob");
	expect(asked).toEqual([
		["PUT", "/conversations/user/bob/draft", { body: "I thi", reply: 7 }],
		["PUT", "/conversations/user/bob/draft", { body: "I thi" }],
		["DELETE", "/conversations/user/bob/draft"],
	]);
});

test("what becomes of a conversation is set, and an archive comes in", async () => {
	const wire = {
		id: 3,
		key: "group/lab",
		source: "slack",
		state: "running",
		total: 9,
		done: 4,
		skipped: 1,
		problem: null,
	};
	const { asked, call } = asks({ imports: [wire] });
	const api = new ArchiveApi(call);
	await api.keep("group/lab", { retention_days: 30 });
	await api.keep("user/bob", { disappear_s: null });
	await api.begin("group/lab", "f1", "slack");
	expect(await api.imports()).toEqual([{ ...wire, problem: "" }]);
	await api.remove(3);
	expect(asked).toEqual([
		["PATCH", "/conversations/group/lab", { retention_days: 30 }],
		["PATCH", "/conversations/user/bob", { disappear_s: null }],
		["POST", "/conversations/group/lab/imports", { file: "f1", source: "slack" }],
		["GET", "/imports"],
		["DELETE", "/imports/3"],
	]);
	expect(exportAddress("group/lab", "html")).toBe("/api/v1/conversations/group/lab/export?format=html");
});
