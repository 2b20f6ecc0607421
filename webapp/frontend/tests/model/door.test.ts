import { expect, test } from "vitest";
import { doorStep, offerSignUp, UNKNOWN_SITE, type Wish } from "../../src/model/door";
import { parseRoute } from "../../src/model/route";

test.each([
	["#/", "signIn", "signIn"],
	["#/", "signUp", "signUp"],
	["#/", "forgot", "forgot"],
	["#/settings/security", "signIn", "signIn"],
	["#/join/ABC", "signUp", "signUp"],
	["#/reset/s3cret", "signUp", "reset"],
	["#/confirm/s3cret", "signIn", "confirm"],
	["#/sign-in/code", "signIn", "code"],
	["#/sign-in/name", "signIn", "name"],
	["#/sign-in/failed", "signIn", "failed"],
] as const)("at %s, whoever wants to %s stands before %s", (hash, wish: Wish, step) => {
	expect(doorStep(parseRoute(hash), wish)).toBe(step);
});

test.each([
	["open", false, "form"],
	["open", true, "form"],
	["invite", false, "byInvitation"],
	["invite", true, "form"],
	["closed", false, "closed"],
	["closed", true, "closed"],
] as const)("registration %s, invited %s: %s", (registration, invited, offer) => {
	expect(offerSignUp({ ...UNKNOWN_SITE, registration }, invited)).toBe(offer);
});
