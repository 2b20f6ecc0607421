import { expect, test } from "vitest";
import { Malformed } from "../../src/contract/decode";
import { MessagesApi, previewPictureUrl } from "../../src/net/messages";

const SAID = { id: "m1", kind: "text", body: "hi", from: "bob", to: "group/lab", seq: 1, at: 5 };

function answering(body: unknown) {
	const asked: string[] = [];
	const api = new MessagesApi(async (method, path, sent) => {
		asked.push(`${method} ${path}${sent ? ` ${JSON.stringify(sent)}` : ""}`);
		return body;
	});
	return { api, asked };
}

test("a page of history is asked for beside a seq, and brings what hangs on its messages", async () => {
	const { api, asked } = answering({
		messages: [SAID],
		marks: {
			"1": {
				reactions: [{ emoji: "👍", count: 2, mine: true, who: ["ann", "bob"] }],
				pinned: true,
				thread: { count: 3, last_seq: 9 },
				poll: { counts: [1, 0], voters: 1, mine: [0], who: [["ann"], []] },
			},
		},
		origins: [{ ...SAID, seq: 7 }],
		first_seq: 1,
		last_seq: 9,
		peer_read_seq: null,
		peer_delivered_seq: 4,
	});
	const page = await api.page("group/lab", { after: 5 }, 200);
	expect(asked).toEqual(["GET /conversations/group/lab/messages?limit=200&after=5"]);
	expect(page).toMatchObject({ firstSeq: 1, lastSeq: 9, peerReadSeq: null, peerDeliveredSeq: 4 });
	expect(page.origins.map(({ seq }) => seq)).toEqual([7]);
	expect(page.marks.get(1)).toEqual({
		reactions: [{ emoji: "👍", count: 2, mine: true, who: ["ann", "bob"] }],
		pinned: true,
		thread: { count: 3, lastSeq: 9 },
		poll: { counts: [1, 0], voters: 1, mine: [0], who: [["ann"], []] },
	});
});

test("a page without marks is a page", async () => {
	const { api } = answering({ messages: [], first_seq: 1, last_seq: 0, peer_read_seq: 3 });
	expect(await api.page("user/bob", {}, 50)).toEqual({
		messages: [],
		marks: new Map(),
		origins: [],
		firstSeq: 1,
		lastSeq: 0,
		peerReadSeq: 3,
		peerDeliveredSeq: null,
	});
});

test.each([
	["not an object", []],
	["no bounds", { messages: [] }],
	["marks that are a list", { messages: [], marks: [], first_seq: 1, last_seq: 0 }],
	["a sign without a count", { messages: [], marks: { "1": { reactions: [{}] } }, first_seq: 1, last_seq: 0 }],
])("a page is refused: %s", async (_reason, body) => {
	await expect(answering(body).api.page("user/bob", {}, 50)).rejects.toBeInstanceOf(Malformed);
});

test("the rest is asked for under its own address", async () => {
	const { api, asked } = answering({
		message: SAID,
		messages: [],
		marks: {},
		versions: [],
		pins: [],
		cards: [],
		readers: [],
		read: 1,
		of: 3,
		first_seq: 1,
		last_seq: 1,
		preview: null,
	});
	await api.thread("group/lab", 3, { before: 9 }, 50);
	await api.message("group/lab", 3);
	await api.readers("group/lab", 3, null);
	await api.readers("group/lab", 3, "bob");
	await api.versions("group/lab", 3);
	await api.pins("group/lab");
	await api.cards("group/lab");
	await api.media("group/lab", "image", null);
	await api.media("group/lab", "file", 40);
	await api.hide("group/lab", [3, 4]);
	expect(await api.preview("https://a.example/?x=1&y=2")).toBeNull();
	expect(asked).toEqual([
		"GET /conversations/group/lab/threads/3?limit=50&before=9",
		"GET /conversations/group/lab/messages/3",
		"GET /conversations/group/lab/messages/3/readers",
		"GET /conversations/group/lab/messages/3/readers?after=bob",
		"GET /conversations/group/lab/messages/3/versions",
		"GET /conversations/group/lab/pins",
		"GET /conversations/group/lab/cards",
		"GET /conversations/group/lab/media?kind=image&limit=60",
		"GET /conversations/group/lab/media?kind=file&limit=60&before=40",
		'POST /conversations/group/lab/hidden {"seqs":[3,4]}',
		"GET /previews?url=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2",
	]);
	expect(previewPictureUrl("https://a.example")).toBe("/api/v1/previews/picture?url=https%3A%2F%2Fa.example");
});
