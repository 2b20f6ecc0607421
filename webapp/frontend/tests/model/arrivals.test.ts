import { expect, test } from "vitest";
import { parseMessage } from "../../src/contract/envelope";
import { arrivedSince } from "../../src/model/arrivals";
import { emptyConversation } from "../../src/model/conversation";

function entry(seq: number, from: string, fields: Record<string, unknown> = { kind: "text", body: `w${seq}` }) {
	return parseMessage({ id: `m${seq}`, from, to: "group/lab", seq, at: 1_000 + seq, ...fields });
}

const LAB = emptyConversation("group/lab");

test("only what others said since counts as arrived", () => {
	const thumb = entry(4, "eve", { kind: "reaction", of: 2, emoji: "👍" });
	const messages = [entry(1, "bob"), entry(2, "bob"), entry(3, "ann"), thumb, entry(5, "eve")];
	expect(arrivedSince({ ...LAB, messages }, 1, "ann").map(({ seq }) => seq)).toEqual([2, 5]);
	expect(arrivedSince({ ...LAB, messages }, 5, "ann")).toEqual([]);
});

test("while the middle of the log is read, the newest is known alone", () => {
	const middle = { ...LAB, messages: [entry(1, "bob"), entry(2, "bob")], detached: true, newest: entry(90, "eve") };
	expect(arrivedSince(middle, 88, "ann").map(({ seq }) => seq)).toEqual([90]);
});
