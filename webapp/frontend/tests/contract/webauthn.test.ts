import { expect, test } from "vitest";
import { parseCreationOptions, parseRequestOptions } from "../../src/contract/webauthn";

test("options to sign in: what is octets is decoded, and the rest stays", () => {
	const options = parseRequestOptions({
		challenge: "AAEC",
		rpId: "im.example",
		timeout: 300000,
		userVerification: "required",
		allowCredentials: [{ id: "aGk", type: "public-key" }],
	});
	expect(options).toEqual({
		challenge: new Uint8Array([0, 1, 2]),
		rpId: "im.example",
		timeout: 300000,
		userVerification: "required",
		allowCredentials: [{ id: new Uint8Array([0x68, 0x69]), type: "public-key" }],
	});
});

test("options to make a passkey: the account's handle and known passkeys are octets too", () => {
	const options = parseCreationOptions({
		challenge: "AAEC",
		rp: { id: "im.example", name: "Hongyan" },
		user: { id: "aGk", name: "ann", displayName: "Ann" },
		pubKeyCredParams: [{ type: "public-key", alg: -7 }],
	});
	expect(options.user).toEqual({ id: new Uint8Array([0x68, 0x69]), name: "ann", displayName: "Ann" });
	expect(options.rp).toEqual({ id: "im.example", name: "Hongyan" });
	expect(options.excludeCredentials).toEqual([]);
});
