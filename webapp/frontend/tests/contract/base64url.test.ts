import { expect, test } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../src/contract/base64url";

test.each([
	["", []],
	["_-8", [0xff, 0xef]],
	["AAEC", [0, 1, 2]],
	["aGk", [0x68, 0x69]],
])("%s are the octets %j, there and back", (text, octets) => {
	expect([...decodeBase64Url(text)]).toEqual(octets);
	expect(encodeBase64Url(new Uint8Array(octets).buffer)).toBe(text);
});
