import { expect, test } from "vitest";
import { parseGroupLink, parseLinkTarget, parseSharedLink } from "../../src/contract/links";

const BOB = { username: "bob", display_name: "小波" };

test("the code of a link is an image of the answer itself, never one from elsewhere", () => {
	const link = { url: "http://x/#/join/abc", code: "abc" };
	expect(parseSharedLink({ ...link, qr: "data:image/svg+xml;base64,AA" }).qr).toBe("data:image/svg+xml;base64,AA");
	expect(parseSharedLink({ ...link, qr: "https://evil.example/a.png" }).qr).toBe("");
});

test("a link leads to a person, a group, or to an account here", () => {
	const group = { name: "lab", title: "The lab", kind: "channel", member_count: 3, joins: "approval", picture: null };
	expect(parseLinkTarget({ kind: "person", person: BOB })).toMatchObject({
		kind: "person",
		person: { username: "bob" },
	});
	expect(parseLinkTarget({ kind: "group", group })).toEqual({
		kind: "group",
		group: { name: "lab", title: "The lab", kind: "channel", memberCount: 3, joins: "approval", picture: null },
	});
	expect(parseLinkTarget({ kind: "signup" })).toEqual({ kind: "signup" });
	expect(() => parseLinkTarget({ kind: "person" })).toThrow();
});

test("a link without bounds has none", () => {
	const link = { id: 1, url: "http://x", created_at: 1, expires_at: null, max_uses: null, uses: 0 };
	expect(parseGroupLink(link)).toMatchObject({ expiresAt: null, maxUses: null, qr: "" });
});
