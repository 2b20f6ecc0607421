import { expect, test } from "vitest";
import { change, emptyModel, withHeads } from "../../src/model/model";

const ME = { username: "ann", displayName: "Ann", picture: null } as Parameters<typeof emptyModel>[0];
const BOB = "user/bob";

test("words written after the list was asked for are newer than what the list says, also when they are saved by now", () => {
	const before = emptyModel(ME);
	const asked = before.conversations;
	const draft = { body: "Look at this", reply: null };
	const now = change(before, BOB, (conversation) => ({ ...conversation, draft, draftUnsaved: false }));
	expect(withHeads(now, [], null, asked).conversations.get(BOB)?.draft).toBe(draft);
	expect(withHeads(now, [], null).conversations.has(BOB)).toBe(false); // asked for afterwards, the list knows better
});
