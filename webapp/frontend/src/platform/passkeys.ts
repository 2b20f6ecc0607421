/** The browser's passkeys: Windows Hello, a phone, a security key. */

import type { Fields } from "../contract/decode";
import { encodeCredential, parseCreationOptions, parseRequestOptions } from "../contract/webauthn";
import { PasskeyDismissed } from "./passkey";

/** Ask for one of the passkeys that this browser can reach. `options` is the server's JSON. */
export function usePasskey(options: unknown): Promise<Fields> {
	return answer(navigator.credentials.get({ publicKey: parseRequestOptions(options) }));
}

export function makePasskey(options: unknown): Promise<Fields> {
	return answer(navigator.credentials.create({ publicKey: parseCreationOptions(options) }));
}

async function answer(asked: Promise<Credential | null>): Promise<Fields> {
	try {
		const credential = await asked;
		if (credential instanceof PublicKeyCredential) return encodeCredential(credential);
	} catch (error) {
		if (!(error instanceof DOMException)) throw error;
		if (error.name === "InvalidStateError") throw new PasskeyDismissed("known"); // excludeCredentials
	}
	throw new PasskeyDismissed("dismissed");
}
