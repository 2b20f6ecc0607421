/**
 * Passkeys between the server's JSON and the browser's buffers (WebAuthn Level 3, section 5.1).
 * By hand, because browsers before 2025 have no `parseCreationOptionsFromJSON` and no `toJSON`.
 */

import { decodeBase64Url, encodeBase64Url } from "./base64url";
import { asObject, type Fields, readList, readObject, readString } from "./decode";

export function parseRequestOptions(value: unknown): PublicKeyCredentialRequestOptions {
	const fields = asObject(value, "options");
	return {
		...(fields as unknown as PublicKeyCredentialRequestOptions), // time-out, rpId and the like need no change
		challenge: decodeBase64Url(readString(fields, "challenge")),
		allowCredentials: parseDescriptors(fields, "allowCredentials"),
	};
}

export function parseCreationOptions(value: unknown): PublicKeyCredentialCreationOptions {
	const fields = asObject(value, "options");
	const user = readObject(fields, "user");
	return {
		...(fields as unknown as PublicKeyCredentialCreationOptions), // rp and pubKeyCredParams need no change
		challenge: decodeBase64Url(readString(fields, "challenge")),
		user: { ...(user as unknown as PublicKeyCredentialUserEntity), id: decodeBase64Url(readString(user, "id")) },
		excludeCredentials: parseDescriptors(fields, "excludeCredentials"),
	};
}

function parseDescriptors(fields: Fields, name: string): PublicKeyCredentialDescriptor[] {
	if (!fields[name]) return [];
	return readList(fields, name, (item) => {
		const descriptor = asObject(item, name);
		return {
			...(descriptor as unknown as PublicKeyCredentialDescriptor),
			id: decodeBase64Url(readString(descriptor, "id")),
		};
	}).slice();
}

/** What the authenticator answered, as the server's JSON: a registration or a sign-in. */
export function encodeCredential(credential: PublicKeyCredential): Fields {
	return {
		id: credential.id,
		rawId: encodeBase64Url(credential.rawId),
		type: credential.type,
		authenticatorAttachment: credential.authenticatorAttachment,
		clientExtensionResults: credential.getClientExtensionResults(),
		response: encodeResponse(credential.response as AuthenticatorAttestationResponse | AuthenticatorAssertionResponse),
	};
}

function encodeResponse(response: AuthenticatorAttestationResponse | AuthenticatorAssertionResponse): Fields {
	const clientDataJSON = encodeBase64Url(response.clientDataJSON);
	if ("attestationObject" in response)
		return {
			clientDataJSON,
			attestationObject: encodeBase64Url(response.attestationObject),
			transports: response.getTransports(),
		};
	return {
		clientDataJSON,
		authenticatorData: encodeBase64Url(response.authenticatorData),
		signature: encodeBase64Url(response.signature),
		...(response.userHandle && { userHandle: encodeBase64Url(response.userHandle) }),
	};
}
