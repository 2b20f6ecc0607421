import { expect, test } from "vitest";
import cases from "../../../../tests/contract/names.json";
import { checkName } from "../../src/contract/names";

test.each(cases.names)("the name $text is $answer", ({ text, answer }) => {
	expect(checkName(text)).toBe(answer);
});
