/** Names of accounts and groups. Also: clientlib/hongyan/names.py, tests/contract/names.json */

const NAME = /^[a-z0-9][a-z0-9_-]{1,31}$/;

const RESERVED: ReadonlySet<string> = new Set(
	(
		"admin administrator all anonymous api broker everyone group guest here hongyan im mqtt notice " +
		"null root router security server support sys system undefined user www"
	).split(" "),
);

export type NameAnswer = "valid" | "malformed" | "reserved";

/** Whether a name can be given out, and if not, why. */
export function checkName(text: string): NameAnswer {
	if (!isName(text)) return "malformed";
	return RESERVED.has(text) ? "reserved" : "valid";
}

/** Whether `text` fits the grammar; a reserved word does too. */
export function isName(text: string): boolean {
	return NAME.test(text);
}
