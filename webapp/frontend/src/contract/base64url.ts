/** Octets as text, for keys and the like (RFC 4648, section 5), without padding. */

export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
	const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
	return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

export function encodeBase64Url(buffer: ArrayBuffer): string {
	const binary = Array.from(new Uint8Array(buffer), (octet) => String.fromCharCode(octet)).join("");
	return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
