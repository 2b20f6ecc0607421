import { expect, test } from "vitest";
import type { Shared } from "../../src/model/shared";
import { receiveShare } from "../../src/worker/share";

function form(fields: Readonly<Record<string, string | File>>): Request {
	const body = new FormData();
	for (const [name, value] of Object.entries(fields)) body.append(name, value);
	return new Request("https://chat.example/share", { method: "POST", body });
}

test("what was shared is kept, and the browser is led to the page that asks where it goes", async () => {
	const kept: Shared[] = [];
	const request = form({ title: "A pond", text: "look", files: new File(["feather"], "feather.txt") });
	const answer = await receiveShare(request, async (shared) => void kept.push(shared), 7);
	expect([answer.status, answer.headers.get("Location")]).toEqual([303, "https://chat.example/#/share"]);
	expect(kept).toMatchObject([{ title: "A pond", text: "look", url: "", at: 7 }]);
	expect(await kept[0]?.files[0]?.text()).toBe("feather");
});

test("what is no form leads there too, and nothing is kept", async () => {
	const request = new Request("https://chat.example/share", { method: "POST", body: "nonsense" });
	const answer = await receiveShare(request, () => Promise.reject(new Error("never called")), 7);
	expect(answer.status).toBe(303);
});
