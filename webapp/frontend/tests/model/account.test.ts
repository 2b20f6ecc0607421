import { expect, test } from "vitest";
import { describeError } from "../../src/i18n";
import { en } from "../../src/i18n/en";
import { zh } from "../../src/i18n/zh";
import { parseRoute } from "../../src/model/route";
import { placesOf } from "../../src/model/scope";
import { ApiError } from "../../src/net/api";
import { PasskeyDismissed } from "../../src/platform/passkey";

test.each([
	["#/settings", { page: "settings", section: null }],
	["#/settings/security", { page: "settings", section: "security" }],
	["#/settings/nowhere", { page: "settings", section: null }],
	["#/admin", { page: "admin", section: "accounts" }],
	["#/admin/audit", { page: "admin", section: "audit" }],
	["#/join/ABC-1", { page: "join", code: "ABC-1" }],
	["#/join", { page: "lost" }],
	["#/reset/s3cret", { page: "reset", token: "s3cret" }],
	["#/reset/", { page: "lost" }],
	["#/confirm/s3cret", { page: "confirm", token: "s3cret" }],
	["#/sign-in/name", { page: "sign-in", step: "name" }],
	["#/sign-in/elsewhere", { page: "lost" }],
	["#/constructor", { page: "lost" }],
])("the address %s shows %j", (hash, route) => {
	expect(parseRoute(hash)).toEqual(route);
});

test("a bot may be told to write to us, to our groups and to our friends, but not to itself", () => {
	const ann = { username: "ann", displayName: "Ann" };
	const friends = [
		{ username: "bob", displayName: "小波" },
		{ username: "thermo", displayName: "Thermo" },
	];
	const circle = { me: ann, groups: [{ name: "lab", title: "The lab" }], friends };
	expect(placesOf(circle, "thermo")).toEqual([
		{ key: "user/ann", title: "Ann" },
		{ key: "group/lab", title: "The lab" },
		{ key: "user/bob", title: "小波" },
	]);
});

test.each([
	[1, "Please wait a second", "请等 1 秒"],
	[40, "Please wait 40 seconds", "请等 40 秒"],
	[91, "Please wait 2 minutes", "请等 2 分钟"],
])("an error that says %s s of waiting names them", (waitS, english, chinese) => {
	const error = new ApiError(429, "rate_limited", "…", null, waitS);
	expect(describeError(en, error)).toContain(english);
	expect(describeError(zh, error)).toContain(chinese);
});

test("a wrong password at the door may be a wrong name; where one is signed in it is the password", () => {
	const say = (field: string | null) => describeError(en, new ApiError(401, "bad_credentials", "…", field));
	expect(say(null)).toContain("username or password");
	expect(say("old_password")).toContain("not your current password");
});

test("a passkey that was not used is said in words", () => {
	expect(describeError(en, new PasskeyDismissed("dismissed"))).toContain("sign in with your password");
	expect(describeError(en, new PasskeyDismissed("known"))).toContain("already");
});

test("both languages have a name for every section", () => {
	for (const { account, admin } of [en, zh])
		for (const words of [account.sections, admin.sections])
			for (const word of Object.values(words)) expect(word).not.toBe("");
});
