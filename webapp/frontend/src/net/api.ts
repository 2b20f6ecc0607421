/** The JSON API of this server. Every call gives a parsed answer or throws an `ApiError` (or `Unreachable`). */

import {
	type Head,
	type Me,
	type MqttToken,
	type NewToken,
	parseHead,
	parseMe,
	parseMqttToken,
	parseNewToken,
	parseToken,
	type Token,
} from "../contract/api";
import { asObject, type Fields, readList, readText } from "../contract/decode";

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

const WHO_AM_I = "GET/me"; // it brings the proof, so it needs none
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
/** What a request carries: JSON, or an image as it stands. */
type Body = Fields | Blob;
/** Ask the server; the other files of this folder are made of it. */
export type Call = (method: Method, path: string, body?: Body) => Promise<unknown>;

export interface RawRequest {
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Blob;
	readonly signal?: AbortSignal;
}
/** Ask where headers count and the answer is no JSON: uploads. Refusals are thrown as by `Call`. */
export type Raw = (method: Method, path: string, request: RawRequest) => Promise<Response>;

export class Api {
	private csrfToken = "";
	private account: string | null = null; // whose proof it is

	constructor(
		private readonly fetch: Fetch,
		private readonly language: () => string,
	) {}

	async me(): Promise<Me> {
		return this.signedIn(await this.call("GET", "/me"));
	}

	/** Ask again who one is. As somebody else, by another window, it is not for them to go on: throws `refusal`. */
	async meAgain(refusal: Error = new Unreachable("another")): Promise<Me> {
		const answer = await this.call("GET", "/me");
		if (this.account !== null && parseMe(answer).username !== this.account) throw refusal;
		return this.signedIn(answer);
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
		const me = parseMe(answer);
		this.csrfToken = readText(asObject(answer, "me"), "csrf_token");
		this.account = me.username;
		return me;
	}

	private async get(path: string): Promise<Fields> {
		return asObject(await this.call("GET", path), path);
	}

	readonly call: Call = (method, path, body) =>
		this.proven(async () => {
			const response = await this.callOnce(method, path, encodeBody(body));
			return response.json().catch(() => null);
		});

	readonly raw: Raw = (method, path, request) => this.proven(() => this.callOnce(method, path, request));

	private async proven<T>(run: () => Promise<T>): Promise<T> {
		try {
			return await run();
		} catch (error) {
			if (!(error instanceof ApiError && error.code === "csrf")) throw error;
			await this.meAgain(error); // our proof is of an older sign-in: another window signed in anew
		}
		return run();
	}

	private async callOnce(method: Method, path: string, given: Carried): Promise<Response> {
		const response = await this.request(method, path, given);
		if (!response.ok) throw readError(response, await response.json().catch(() => null));
		return response;
	}

	private async request(method: Method, path: string, { headers: own, ...given }: Carried): Promise<Response> {
		const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": this.language(), ...own };
		// Questions too: a window that does not know yet who signed in here meanwhile gets none of their answers.
		if (method + path !== WHO_AM_I && this.csrfToken) headers["X-CSRF-Token"] = this.csrfToken;
		try {
			return await this.fetch(`/api/v1${path}`, {
				...given,
				method,
				headers,
				credentials: "same-origin",
				cache: "no-store",
			});
		} catch {
			throw new Unreachable("no answer from the server");
		}
	}
}

interface Carried extends Omit<RawRequest, "body"> {
	readonly body?: Blob | string;
}

function encodeBody(body: Body | undefined): Carried {
	if (!body) return {};
	if (body instanceof Blob) return { headers: { "Content-Type": body.type }, body };
	return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
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
