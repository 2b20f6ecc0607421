import { expect, test } from "vitest";
import cases from "../../../../tests/contract/envelope.json";
import { checkDraft, type Draft, encodeDraft } from "../../src/contract/drafts";
import { parseMessage } from "../../src/contract/envelope";
import { type Content, isMark, isMarkKind } from "../../src/contract/kinds";

interface KindCase {
	name: string;
	draft: Record<string, unknown> & { kind: string };
	error_field: string | null;
}

interface StampedCase {
	name: string;
	message: Record<string, unknown>;
	content: Record<string, unknown> | null;
	extras?: Record<string, unknown>;
}

/** Field names as the case file has them; an unknown kind is null there. */
function wire(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(wire);
	if (typeof value !== "object" || value === null) return value;
	const content = value as Record<string, unknown>;
	if (content.kind === "unknown") return null;
	const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	return Object.fromEntries(Object.entries(content).map(([name, inner]) => [snake(name), wire(inner)]));
}

// A page sends no cards: devices do.
const drafts = (cases.kinds as KindCase[]).filter(({ draft }) => draft.kind !== "card");

test.each(drafts)("a draft: $name", ({ draft, error_field }) => {
	const wrong = checkDraft(draft as unknown as Draft);
	expect(wrong).toEqual(error_field === null ? null : { code: "malformed", field: error_field });
});

test.each(cases.stamped as StampedCase[])("a message: $name", ({ message, content, extras = {} }) => {
	const { reply, thread, mentions, disappearS, edited, imported, ...parsed } = parseMessage(message);
	expect(wire(parsed.content)).toEqual(content);
	const nothing = { reply: null, thread: null, mentions: [], disappear_s: null, edited: null, imported: null };
	expect(wire({ reply, thread, mentions, disappearS, edited, imported })).toEqual({ ...nothing, ...extras });
	expect(parsed.body).toBe(message.body ?? "");
});

test("a draft is encoded with its id, and without what is undefined", () => {
	const draft = { kind: "reaction", of: 7, emoji: "👍", ...(undefined as { remove?: boolean } | undefined) } as const;
	expect(encodeDraft("m1", draft)).toBe('{"id":"m1","kind":"reaction","of":7,"emoji":"👍"}');
	expect(encodeDraft("m1", { ...draft, remove: undefined } as unknown as Draft)).toBe(encodeDraft("m1", draft));
});

test.each(["a\0b", "\ud800"])("a text that cannot be stored is refused: %j", (body) => {
	expect(checkDraft({ kind: "text", body })).toEqual({ code: "malformed", field: "body" });
});

test("a draft is measured in octets, once encoded", () => {
	expect(checkDraft({ kind: "text", body: "雁".repeat(21_000) })).toBeNull();
	expect(checkDraft({ kind: "text", body: "雁".repeat(22_000) })).toEqual({ code: "too_large", field: null });
});

test("marks are known by their kind", () => {
	expect(["edit", "recall", "reaction", "pin", "vote", "close", "erase"].every(isMarkKind)).toBe(true);
	expect(["text", "gone", "event", "poem"].some(isMarkKind)).toBe(false);
	const content: Content = { kind: "recall", of: 7 };
	expect(isMark(content) && content.of).toBe(7);
});
