import { afterEach, expect, test, vi } from "vitest";
import { silence, withdraw } from "../../src/platform/notifications";

/** A browser in which two notifications are in view, and messages come while its pages are closed. */
function browser() {
	const said: string[] = [];
	const shown = ["user/bob", "group/lab"].map((tag) => ({ tag, close: () => said.push(`close ${tag}`) }));
	const registration = {
		pushManager: { getSubscription: async () => ({ unsubscribe: async () => said.push("unsubscribe") > 0 }) },
		getNotifications: async ({ tag }: { tag?: string }) => shown.filter((one) => tag === undefined || one.tag === tag),
	};
	vi.stubGlobal("navigator", {
		serviceWorker: { getRegistration: async () => registration },
		setAppBadge: async (count: number) => void said.push(`badge ${count}`),
		clearAppBadge: async () => void said.push("no badge"),
	});
	return said;
}

afterEach(() => vi.unstubAllGlobals());

test("where nobody is signed in nothing more comes, and nothing that came stays in view", async () => {
	const said = browser();
	await silence();
	expect(said.sort()).toEqual(["close group/lab", "close user/bob", "no badge", "unsubscribe"]);
});

test("what is read is taken out of view, and nothing else", async () => {
	const said = browser();
	await withdraw("user/bob");
	expect(said).toEqual(["close user/bob"]);
});

test("where there is no worker there is nothing to take away", async () => {
	vi.stubGlobal("navigator", {});
	await silence();
});
