import { expect, test } from "vitest";
import cases from "../../../../tests/contract/envelope.json";
import { checkText, encodeText, parseMessage, parsePayload } from "../../src/contract/envelope";

interface Case {
	name: string;
	valid: boolean;
	payload_utf8?: string;
	payload_hex?: string;
	message?: Record<string, unknown>;
}

function bytes(item: Case): Uint8Array {
	const octets = item.payload_hex?.match(/../g)?.map((pair) => Number.parseInt(pair, 16));
	return octets ? Uint8Array.from(octets) : new TextEncoder().encode(item.payload_utf8 ?? "");
}

test.each(cases.messages as Case[])("a message: $name", (item) => {
	const parse = () => parseMessage(parsePayload(bytes(item)));
	if (!item.valid) expect(parse).toThrow();
	else {
		const { ext: _, fields: __, ...shown } = item.message ?? {};
		expect(parse()).toMatchObject({ data: null, event: null, ...shown });
	}
});

test("a text is encoded as the contract says", () => {
	expect(encodeText("m1", 'hi "bob"')).toBe('{"id":"m1","kind":"text","body":"hi \\"bob\\""}');
});

test("a text of spaces is empty, a text beyond 64 KiB is too large, in octets", () => {
	expect(checkText(" \n ")).toBe("empty");
	expect(checkText("雁".repeat(21_000))).toBe("valid");
	expect(checkText("雁".repeat(22_000))).toBe("too_large");
});
