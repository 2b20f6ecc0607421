/** Whether there can be passkeys, and that none was used; passkeys.ts is loaded when one is. */

/** The person closed the browser's window, or has no fitting passkey; browsers do not tell which. */
export class PasskeyDismissed extends Error {
	override name = "PasskeyDismissed";
}

const NUMBER = /^[\d.]+$|^\[/; // an IP address, which no passkey can belong to

/** False on a plain http address other than localhost, too. */
export function hasPasskeys(): boolean {
	return "PublicKeyCredential" in globalThis && !NUMBER.test(location.hostname);
}
