/** The JSON API of this server. Every call gives a parsed answer or throws an `ApiError` (or `Unreachable`). */

import {
	type Head,
	type HistoryPage,
	type Me,
	type MqttToken,
	type NewToken,
	parseHead,
	parseHistoryPage,
	parseMe,
	parseMqttToken,
	parseNewToken,
	parseToken,
	type Token,
} from "../contract/api";
import { asObject, type Fields, readList, readText } from "../contract/decode";
import type { ConversationKey } from "../contract/topics";

/** The server refused. `message` is for people, in the account's language; `code` is for programs. */
export class ApiError extends Error {
	override name = "ApiError";
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		readonly field: string | null = null,
		/** After how many seconds it may be tried again, where the server said so. */
		readonly waitS: number | null = null,
	) {
		super(message);
	}
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {
	override name = "Unreachable";
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** What a request carries: JSON, or an image as it stands. */
type Body = Fields | Blob;
/** Ask the server; the other files of this folder are made of it. */
export type Call = (method: Method, path: string, body?: Body) => Promise<unknown>;

export class Api {
	private csrfToken = "";

	constructor(
		private readonly fetch: Fetch,
		private readonly language: () => string,
	) {}

	async me(): Promise<Me> {
		return this.signedIn(await this.call("GET", "/me"));
	}

	/** `code`: of the second factor, or one of the recovery codes; "" where none is set. */
	async signIn(username: string, password: string, code = ""): Promise<Me> {
		return this.signedIn(await this.call("POST", "/session", { username, password, ...(code && { code }) }));
	}

	async signOut(): Promise<void> {
		await this.call("DELETE", "/session");
	}

	async mqttToken(): Promise<MqttToken> {
		return parseMqttToken(await this.call("POST", "/mqtt-token"));
	}

	async conversations(): Promise<readonly Head[]> {
		return readList(await this.get("/conversations"), "conversations", parseHead);
	}

	/** One page beside a seq that we have (exclusive), or the newest page. At most 200 messages. */
	async history(
		key: ConversationKey,
		beside: { after?: number; before?: number },
		limit: number,
	): Promise<HistoryPage> {
		const query = new URLSearchParams({ limit: String(limit) });
		for (const [name, seq] of Object.entries(beside)) query.set(name, String(seq));
		return parseHistoryPage(await this.get(`/conversations/${key}/messages?${query}`));
	}

	async tokens(): Promise<readonly Token[]> {
		return readList(await this.get("/tokens"), "tokens", parseToken);
	}

	async createToken(label: string): Promise<NewToken> {
		return parseNewToken(await this.call("POST", "/tokens", { label }));
	}

	async revokeToken(id: number): Promise<void> {
		await this.call("DELETE", `/tokens/${id}`);
	}

	private signedIn(answer: unknown): Me {
		this.csrfToken = readText(asObject(answer, "me"), "csrf_token");
		return parseMe(answer);
	}

	private async get(path: string): Promise<Fields> {
		return asObject(await this.call("GET", path), path);
	}

	readonly call: Call = async (method, path, body) => {
		try {
			return await this.callOnce(method, path, body);
		} catch (error) {
			if (!(error instanceof ApiError && error.code === "csrf")) throw error;
		}
		await this.me(); // our proof is of an older sign-in, from before another window signed in anew
		return this.callOnce(method, path, body);
	};

	private async callOnce(method: Method, path: string, body?: Body): Promise<unknown> {
		const response = await this.request(method, path, body);
		const answer: unknown = await response.json().catch(() => null);
		if (!response.ok) throw readError(response, answer);
		return answer;
	}

	private async request(method: Method, path: string, body?: Body): Promise<Response> {
		const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": this.language() };
		if (method !== "GET" && this.csrfToken) headers["X-CSRF-Token"] = this.csrfToken;
		if (body) headers["Content-Type"] = body instanceof Blob ? body.type : "application/json";
		const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
		try {
			return await this.fetch(
				`/api/v1${path}`,
				body ? { ...init, body: body instanceof Blob ? body : JSON.stringify(body) } : init,
			);
		} catch {
			throw new Unreachable("no answer from the server");
		}
	}
}

/** An answer that is not ours (a proxy's page, say) is an error of code `internal`. */
function readError({ status, headers }: Response, answer: unknown): ApiError {
	const waitS = Number.parseInt(headers.get("Retry-After") ?? "", 10) || null;
	try {
		const error = asObject(asObject(answer).error);
		const field = readText(error, "field") || null;
		return new ApiError(status, readText(error, "code"), readText(error, "message"), field, waitS);
	} catch {
		return new ApiError(status, "internal", `HTTP ${status}`, null, waitS);
	}
}
