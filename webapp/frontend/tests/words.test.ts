import { expect, test } from "vitest";
import { parseFromWorker } from "../src/platform/words";

test.each([[{ type: "open", hash: "#/chat/user/bob" }], [{ type: "sent", id: "m1" }]])(
	"%j is understood",
	(message) => {
		expect(parseFromWorker({ ...message, more: 1 })).toEqual(message);
	},
);

test.each([
	null,
	"open",
	{},
	{ type: "open" },
	{ type: "open", hash: "javascript:alert(1)" },
	{ type: "open", hash: "https://else.example/#/" },
	{ type: "sent", id: 7 },
	{ type: "other" },
])("%j is not", (message) => {
	expect(parseFromWorker(message)).toBeNull();
});
