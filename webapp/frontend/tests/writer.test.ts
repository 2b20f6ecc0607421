import { expect, test } from "vitest";
import type { ConversationKey } from "../src/contract/topics";
import { Uploads } from "../src/messenger/uploads";
import { FilesApi } from "../src/net/files";
import { Writer } from "../src/view/composer/writer.svelte";
import { World } from "./support/world";

const BOB: ConversationKey = "user/bob";
const LAB: ConversationKey = "group/lab";

/** Ann writes; what she sends is what arrives at the broker. */
async function begin(key: ConversationKey = BOB, thread: number | null = null) {
	const world = new World();
	world.server.answers.set(`PUT /conversations/${key}/draft`, () => null);
	world.server.commit(key, "bob", "one");
	world.server.commit(key, "ann", "two");
	const ann = await world.online();
	await ann.show(key);
	await world.settle();
	const uploads = new Uploads({
		raw: async () => new Response(null, { status: 201, headers: { Location: "/api/v1/uploads/f1" } }),
		files: new FilesApi(async () => ({ id: "f1", name: "a.png", type: "image/png", size: 0 })),
		clock: world.clock,
		examine: async () => ({ durationMs: null, poster: null }),
		send: (to, { draft, files }) => ann.send(to, draft, files),
	});
	const app = {
		messenger: ann,
		get model() {
			return ann.model;
		},
	};
	const sent = () =>
		world.link.on("send").map(({ payload }) => {
			const { id: _, ...draft } = payload as Record<string, unknown>;
			return draft;
		});
	const message = (seq: number) => {
		const found = ann.model.conversations.get(key)?.messages.find((item) => item.seq === seq);
		if (!found) throw new Error(`no message ${seq}`);
		return found;
	};
	return { world, ann, uploads, sent, message, writer: new Writer(app, key, thread, uploads) };
}

test("words leave without the blanks behind them, and nothing is left", async () => {
	const { writer, sent } = await begin();
	writer.text = "hi there \n";
	writer.send(false);
	expect(sent()).toEqual([{ kind: "text", body: "hi there" }]);
	expect(writer.text).toBe("");
});

test("blanks are nothing", async () => {
	const { writer, sent } = await begin();
	writer.text = " \n ";
	writer.send(false);
	expect(sent()).toEqual([]);
});

test("marks, what it answers, who is named and how long it stays go with the words", async () => {
	const { writer, sent, message } = await begin();
	writer.about({ reply: message(1) });
	writer.disappearS = 60;
	writer.text = "**yes** @bob and @eve";
	writer.send(false);
	expect(sent()).toEqual([
		{
			kind: "text",
			body: "**yes** @bob and @eve",
			format: "markdown",
			reply: 1,
			mentions: ["bob"],
			disappear_s: 60,
		},
	]);
	expect(writer.composing.reply).toBeUndefined();
	expect(writer.disappearS).toBeNull();
});

test("in a group those are named who were chosen, and everybody only by who may", async () => {
	const { writer, sent } = await begin(LAB);
	writer.chosen.add("eve");
	writer.text = "@eve @dave @all";
	writer.send(false);
	expect(sent()).toEqual([{ kind: "text", body: "@eve @dave @all", mentions: ["eve"] }]);
});

test("in a thread every message says so", async () => {
	const { writer, sent } = await begin(LAB, 1);
	writer.text = "below";
	writer.send(false);
	writer.sendOther({ kind: "location", lat: 1, lon: 2 });
	expect(sent()).toEqual([
		{ kind: "text", body: "below", thread: 1 },
		{ kind: "location", lat: 1, lon: 2, thread: 1 },
	]);
});

test("text that is too long stays, and says so", async () => {
	const { writer, sent } = await begin();
	writer.text = "雁".repeat(22_000);
	writer.send(false);
	expect(writer.tooLarge).toBe(true);
	expect(sent()).toEqual([]);
	writer.note();
	expect(writer.tooLarge).toBe(false);
});

test("the last message of one's own is changed, and what was being written comes back", async () => {
	const { writer, sent, message } = await begin();
	writer.text = "half a thought";
	expect(writer.lastOwn?.seq).toBe(2);
	writer.about({ edit: message(2) });
	writer.turnTo(message(2), undefined);
	expect(writer.text).toBe("two");
	writer.text = "two and a half";
	writer.send(false);
	writer.turnTo(undefined, message(2));
	expect(sent()).toEqual([{ kind: "edit", of: 2, body: "two and a half" }]);
	expect(writer.text).toBe("half a thought");
});

test("an edit that changes nothing sends nothing", async () => {
	const { writer, sent, message } = await begin();
	writer.about({ edit: message(2) });
	writer.turnTo(message(2), undefined);
	writer.send(false);
	expect(sent()).toEqual([]);
	expect(writer.composing.edit).toBeUndefined();
});

test("files leave with the words as their caption", async () => {
	const { world, writer, uploads, sent } = await begin();
	uploads.add(BOB, [new File([], "a.png", { type: "image/png" })]);
	await world.settle();
	writer.text = "look";
	writer.send(true);
	await world.settle();
	expect(sent()).toEqual([{ kind: "image", body: "look", files: ["f1"] }]);
	expect(writer.text).toBe("");
});

test("a recording leaves with its length and its bars", async () => {
	const { world, writer, sent } = await begin();
	writer.text = "half a thought";
	writer.sendVoice(new Blob([], { type: "audio/webm" }), "voice.webm", { duration_ms: 900, waveform: [1, 31] });
	await world.settle();
	expect(sent()).toEqual([{ kind: "voice", files: ["f1"], duration_ms: 900, waveform: [1, 31] }]);
	expect(writer.text).toBe("half a thought");
});

test("the words of another device come in with what they answer, unless one writes here", async () => {
	const { writer } = await begin();
	writer.adopt({ body: "from the phone", reply: 1 });
	expect(writer.text).toBe("from the phone");
	expect(writer.composing.reply?.seq).toBe(1);
	writer.text = "from the phone and the desk";
	writer.adopt({ body: "only the phone", reply: null });
	expect(writer.text).toBe("from the phone and the desk");
});

test("words in a thread are there again when the thread is opened anew, until they are sent", async () => {
	const { world, ann, uploads, writer } = await begin(BOB, 1);
	const app = {
		messenger: ann,
		get model() {
			return ann.model;
		},
	};
	const again = () => new Writer(app, BOB, 1, uploads).text;
	writer.text = "half a th";
	writer.note();
	expect(again()).toBe("half a th");
	expect(new Writer(app, BOB, 2, uploads).text).toBe("");
	writer.send(false);
	expect(again()).toBe("");
	writer.text = "more";
	writer.note();
	ann.forget();
	expect(world.shelf.keys()).toEqual([]);
});
