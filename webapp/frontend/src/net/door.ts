/** The part of the API that one meets at the door, before anything else is loaded. */

import { asObject, type Fields } from "../contract/decode";
import { type LinkKind, parseLinkKind, parseSite, type Site } from "../contract/door";
import type { Call } from "./api";

export class DoorApi {
	constructor(protected readonly call: Call) {}

	async site(): Promise<Site> {
		return parseSite(await this.call("GET", "/site"));
	}

	async linkKind(code: string): Promise<LinkKind | null> {
		return parseLinkKind(await this.call("GET", `/links/${encodeURIComponent(code)}`));
	}

	/** The options for the browser, as the server wrote them. */
	async passkeyChallenge(): Promise<unknown> {
		return asObject(await this.call("POST", "/session/passkey/options")).options;
	}

	async signInByPasskey(credential: Fields): Promise<void> {
		await this.call("POST", "/session/passkey", { credential });
	}
}
