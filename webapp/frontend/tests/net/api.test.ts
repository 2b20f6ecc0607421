import { expect, test } from "vitest";
import { AccountApi, type Registration } from "../../src/net/account";
import { AdminApi } from "../../src/net/admin";
import { Api, ApiError, Unreachable } from "../../src/net/api";
import { ContactsApi } from "../../src/net/contacts";

interface Asked {
	url: string;
	method: string;
	headers: Record<string, string>;
	body: unknown;
}

/** An API whose server gives these answers, one after the other. */
function apiWith(...answers: { status: number; body?: unknown }[]): { api: Api; asked: Asked[] } {
	const asked: Asked[] = [];
	const fetch = async (url: string, init: RequestInit): Promise<Response> => {
		const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
		asked.push({ url, method: init.method ?? "", headers: init.headers as Record<string, string>, body });
		const answer = answers.shift();
		if (!answer) throw new TypeError("Failed to fetch");
		return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), { status: answer.status });
	};
	return { api: new Api(fetch, () => "zh"), asked };
}

const NEWCOMER: Registration = {
	username: "ann",
	password: "secret secret",
	displayName: "",
	email: "",
	language: "zh",
	invitation: "",
};
const ANN = { username: "ann", display_name: "安", language: "zh", csrf_token: "proof" };

test("signing in brings the proof that every change must carry, and questions carry it too", async () => {
	const { api, asked } = apiWith({ status: 200, body: ANN }, { status: 204 }, { status: 200, body: { friends: [] } });
	expect(await api.signIn("ann", "secret secret")).toEqual({ username: "ann", displayName: "安", picture: null });
	const contacts = new ContactsApi(api.call);
	await contacts.block("eve");
	await contacts.friends();
	expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
		"POST /api/v1/session",
		"PUT /api/v1/blocks/eve",
		"GET /api/v1/friends",
	]);
	expect(asked.map(({ headers }) => headers["X-CSRF-Token"])).toEqual([undefined, "proof", "proof"]);
	expect(asked.every(({ headers }) => headers["Accept-Language"] === "zh")).toBe(true);
	expect(asked[0]?.body).toEqual({ username: "ann", password: "secret secret" });
});

test("a proof that grew old is asked for again, once, and the change repeated", async () => {
	const refusal = { status: 403, body: { error: { code: "csrf", message: "…" } } };
	const { api, asked } = apiWith(refusal, { status: 200, body: ANN }, { status: 204 });
	await new ContactsApi(api.call).block("eve");
	expect(asked.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT"]);
	expect(asked[2]?.headers["X-CSRF-Token"]).toBe("proof");
	const twice = apiWith(refusal, { status: 200, body: ANN }, refusal);
	await expect(new ContactsApi(twice.api.call).block("eve")).rejects.toMatchObject({ code: "csrf" });
});

test("where somebody else signed in meanwhile, nothing is done in their name", async () => {
	const refusal = { status: 403, body: { error: { code: "csrf", message: "…" } } };
	const bob = { ...ANN, username: "bob", csrf_token: "bobs" };
	const { api, asked } = apiWith({ status: 200, body: ANN }, refusal, { status: 200, body: bob }, refusal, {
		status: 200,
		body: bob,
	});
	await api.me();
	const contacts = new ContactsApi(api.call);
	await expect(contacts.block("eve")).rejects.toMatchObject({ code: "csrf" });
	await expect(contacts.block("eve")).rejects.toMatchObject({ code: "csrf" });
	expect(asked.map(({ method }) => method)).toEqual(["GET", "PUT", "GET", "PUT", "GET"]);
});

test("where somebody else signed in meanwhile, nothing of theirs is learnt", async () => {
	const refusal = { status: 403, body: { error: { code: "csrf", message: "…" } } };
	const bob = { ...ANN, username: "bob", csrf_token: "bobs" };
	const { api, asked } = apiWith({ status: 200, body: ANN }, refusal, { status: 200, body: bob });
	await api.me();
	await expect(api.conversations()).rejects.toMatchObject({ code: "csrf" });
	const sent = asked.map(({ url, headers }) => [url, headers["X-CSRF-Token"]]);
	expect(sent).toEqual([
		["/api/v1/me", undefined],
		["/api/v1/conversations", "proof"],
		["/api/v1/me", undefined],
	]);
});

test("asked again who one is, nobody becomes another", async () => {
	const changed = { ...ANN, display_name: "安妮", csrf_token: "anew" };
	const { api, asked } = apiWith(
		{ status: 200, body: ANN },
		{ status: 200, body: changed },
		{ status: 200, body: { ...ANN, username: "bob", csrf_token: "bobs" } },
		{ status: 200, body: { conversations: [] } },
	);
	await api.me();
	expect((await api.meAgain()).displayName).toBe("安妮");
	await expect(api.meAgain()).rejects.toBeInstanceOf(Unreachable);
	await api.conversations();
	expect(asked[3]?.headers["X-CSRF-Token"]).toBe("anew");
});

test("an error names its code, its words and its field", async () => {
	const error = { code: "name_taken", message: "已被使用", field: "username" };
	const { api } = apiWith({ status: 409, body: { error } });
	const thrown = await new AccountApi(api.call).signUp(NEWCOMER).catch((reason: unknown) => reason);
	expect(thrown).toBeInstanceOf(ApiError);
	expect(thrown).toMatchObject({ status: 409, code: "name_taken", message: "已被使用", field: "username" });
});

test("a page of a proxy is an internal error, and no answer is unreachable", async () => {
	const { api } = apiWith({ status: 502, body: "<html>" });
	await expect(api.me()).rejects.toMatchObject({ status: 502, code: "internal" });
	await expect(api.me()).rejects.toBeInstanceOf(Unreachable);
});

test("optional fields that are empty are not sent", async () => {
	const { api, asked } = apiWith({ status: 201, body: ANN }, { status: 201, body: {} });
	await new AccountApi(api.call).signUp({ ...NEWCOMER, displayName: "  " });
	await new ContactsApi(api.call).request({ to: "bob" }, "");
	expect(asked.map(({ body }) => body)).toEqual([
		{ username: "ann", password: "secret secret", language: "zh" },
		{ to: "bob" },
	]);
});

test("a refusal says how long to wait", async () => {
	const fetch = async () =>
		new Response(JSON.stringify({ error: { code: "rate_limited", message: "…" } }), {
			status: 429,
			headers: { "Retry-After": "40" },
		});
	await expect(new Api(fetch, () => "en").me()).rejects.toMatchObject({ code: "rate_limited", waitS: 40 });
});

test("a password is sent as it was typed, and a code only where there is one", async () => {
	const { api, asked } = apiWith({ status: 204 }, { status: 204 }, { status: 200, body: ANN });
	const account = new AccountApi(api.call);
	await account.setEmail("ann@example.org", { password: " spaces ", code: "" });
	await account.deleteAccount({ password: "", code: "123456" });
	await api.signIn("ann", "secret secret", "123456");
	expect(asked.map(({ body }) => body)).toEqual([
		{ email: "ann@example.org", password: " spaces " },
		{ code: "123456" },
		{ username: "ann", password: "secret secret", code: "123456" },
	]);
});

test("a picture is sent as it is, under its own type", async () => {
	const sent: RequestInit[] = [];
	const fetch = async (_url: string, init: RequestInit) => {
		sent.push(init);
		return new Response('{"picture": "a1"}');
	};
	const image = new Blob(["goose"], { type: "image/webp" });
	expect(await new AccountApi(new Api(fetch, () => "en").call).setPicture("/me", image)).toBe("a1");
	expect(sent[0]?.body).toBe(image);
	expect(sent[0]?.headers).toMatchObject({ "Content-Type": "image/webp" });
});

test("pages of accounts are asked for by name", async () => {
	const page = { status: 200, body: { accounts: [], next: null } };
	const { api, asked } = apiWith(page, page);
	await new AdminApi(api.call).accounts("", null);
	await new AdminApi(api.call).accounts("安 娜", "bob");
	expect(asked.map(({ url }) => url)).toEqual([
		"/api/v1/admin/accounts?limit=50",
		"/api/v1/admin/accounts?q=%E5%AE%89+%E5%A8%9C&after=bob&limit=50",
	]);
});
