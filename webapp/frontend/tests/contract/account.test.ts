import { expect, test } from "vitest";
import { parseBot, parseDevices, parsePendingSignIn, parseProfile, parseSecurity } from "../../src/contract/account";
import { parseAuditEntry, parseInvitation, parseListedAccount, parsePage, parseReport } from "../../src/contract/admin";
import { Malformed } from "../../src/contract/decode";
import { parseLinkKind, parseSite } from "../../src/contract/door";

test("what a server offers at the door is read, and a word of tomorrow is the harmless one", () => {
	const site = { registration: "invite", email: "required", provider: { label: "Acme" }, passkeys: true, reset: true };
	expect(parseSite(site)).toEqual(site);
	expect(parseSite({ registration: "by_lot", email: "by_pigeon", provider: null })).toEqual({
		registration: "open",
		email: "off",
		provider: null,
		passkeys: false,
		reset: false,
	});
});

test("a profile is read, and one of an older server has empty fields", () => {
	expect(
		parseProfile({
			username: "ann",
			display_name: "安",
			language: "zh",
			about: "geese",
			time_zone: "Asia/Shanghai",
			hidden: true,
			read_receipts: false,
			quiet_from: 1320,
			quiet_to: 420,
			picture: "a1",
			role: "admin",
			kind: "person",
		}),
	).toEqual({
		username: "ann",
		displayName: "安",
		language: "zh",
		about: "geese",
		timeZone: "Asia/Shanghai",
		hidden: true,
		readReceipts: false,
		quietFrom: 1320,
		quietTo: 420,
		pushWords: true,
		picture: "a1",
		role: "admin",
	});
	expect(parseProfile({ username: "ann", display_name: "Ann" })).toMatchObject({ picture: null, role: "user" });
});

test.each([
	["signup", "signup"],
	["person", "person"],
	["group", "group"],
	["room", null],
])("a link of kind %s opens %s", (kind, opens) => {
	expect(parseLinkKind({ kind })).toBe(opens);
});

test.each([
	[{ needs: "code" }, { needs: "code", username: "", displayName: "" }],
	[
		{ needs: "name", username: "ann", display_name: "Ann" },
		{ needs: "name", username: "ann", displayName: "Ann" },
	],
	[{ needs: null }, { needs: null, username: "", displayName: "" }],
	[{ needs: "blood" }, { needs: null, username: "", displayName: "" }],
])("a sign-in that waits with %j is %j", (answer, pending) => {
	expect(parsePendingSignIn(answer)).toEqual(pending);
});

test("all ways in are read", () => {
	const security = parseSecurity({
		has_password: true,
		email: null,
		second_factor: true,
		recovery_codes_left: 9,
		passkeys: [{ id: 1, label: "phone", created_at: 5, last_used_at: null }],
		identities: [{ id: 2, issuer: "https://id.example", email: "ann@example.org", created_at: 6 }],
		provider: { label: "Acme" },
	});
	expect(security).toEqual({
		hasPassword: true,
		email: null,
		secondFactor: true,
		recoveryCodesLeft: 9,
		passkeys: [{ id: 1, label: "phone", createdAt: 5, lastUsedAt: null }],
		identities: [{ id: 2, issuer: "https://id.example", email: "ann@example.org", createdAt: 6 }],
		provider: { label: "Acme" },
	});
});

test("devices are read with their live connections, and stored sessions beside them", () => {
	const device = { id: 7, kind: "browser", label: "x", address: "192.0.2.1", created_at: 1, last_used_at: 2 };
	const connections = [{ client_id: "ann.1", address: "192.0.2.1", connected_at: 3 }];
	expect(
		parseDevices({
			devices: [{ ...device, current: true, connections }],
			sessions: [{ client_id: "ann.thermo", last_seen: 4 }],
		}),
	).toEqual({
		devices: [
			{
				id: 7,
				kind: "browser",
				label: "x",
				address: "192.0.2.1",
				createdAt: 1,
				lastUsedAt: 2,
				current: true,
				connections: [{ clientId: "ann.1", address: "192.0.2.1", connectedAt: 3 }],
			},
		],
		sessions: [{ clientId: "ann.thermo", lastSeen: 4 }],
	});
});

test.each([
	["a scope of some", { scope: ["user/ann", "group/lab"] }, ["user/ann", "group/lab"]],
	["a scope of none", { scope: [] }, []],
	["no scope", { scope: null }, null],
	["no word of it", {}, null],
])("a bot with %s", (_, scope, read) => {
	expect(parseBot({ username: "thermo", kind: "device", ...scope })).toEqual({
		username: "thermo",
		displayName: "thermo",
		kind: "device",
		about: "",
		picture: null,
		scope: read,
		lastSeen: null,
	});
});

test("a page of a long list says how it goes on, by a name or a number", () => {
	const row = {
		username: "ann",
		display_name: "Ann",
		kind: "person",
		role: "moderator",
		created_at: 5,
		disabled_at: 6,
		deleted_at: null,
	};
	const page = parsePage({ accounts: [row], next: "ann" }, "accounts", parseListedAccount);
	expect(page.next).toBe("ann");
	expect(page.items[0]).toMatchObject({ username: "ann", role: "moderator", disabled: true, deleted: false });
	expect(parsePage({ accounts: [], next: 17 }, "accounts", parseListedAccount).next).toBe("17");
	expect(parsePage({ accounts: [], next: null }, "accounts", parseListedAccount).next).toBeNull();
});

test("the detail of an audit entry reads as words", () => {
	const entry = { id: 1, at: 5, actor: "", action: "role", target: "bob", detail: { role: "admin" }, address: "" };
	expect(parseAuditEntry(entry).detail).toBe("role: admin");
	expect(parseAuditEntry({ ...entry, detail: "by hand" }).detail).toBe("by hand");
});

const SPAM = { id: "a1", kind: "text", body: "cheap geese", from: "eve", to: "user/ann", seq: 4, at: 5 };

test.each([
	["a person", { username: "eve" }, "eve"],
	["a group", { group: "lab" }, "group/lab"],
	["a message of a person", { username: "eve", group: null, seq: 4, message: SPAM }, "eve"],
])("a report about %s", (_, about, shown) => {
	const report = parseReport({ id: 1, reporter: "ann", text: "", created_at: 5, state: "open", ...about });
	expect(report).toMatchObject({ about: shown, open: true, outcome: "", decidedBy: "" });
	expect(report.message?.body ?? null).toBe("message" in about ? "cheap geese" : null);
});

test("an invitation without bounds lasts for ever and for everybody", () => {
	const url = "https://im.example/#/join/ABC";
	expect(parseInvitation({ id: 1, url, created_at: 5, expires_at: null, max_uses: null, uses: 2 })).toEqual({
		id: 1,
		url,
		createdAt: 5,
		expiresAt: null,
		maxUses: null,
		uses: 2,
	});
});

test.each([
	["a list for an object", () => parseSite([])],
	["a bot without a name", () => parseBot({ kind: "bot" })],
	["devices without a list", () => parseDevices({ devices: null, sessions: [] })],
	["an account without a date", () => parseListedAccount({ username: "ann" })],
	["a link without a kind", () => parseLinkKind({})],
])("%s is malformed", (_, parse) => {
	expect(parse).toThrow(Malformed);
});
