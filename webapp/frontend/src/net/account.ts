/** The part of the API that is about one's own account: the ways in, the settings, and what is one's own. */

import {
	type Bot,
	type Devices,
	type NewAccount,
	type NewSecondFactor,
	type PendingSignIn,
	type Profile,
	parseBot,
	parseDevices,
	parseNewAccount,
	parseNewSecondFactor,
	parsePendingSignIn,
	parseProfile,
	parseRecoveryCodes,
	parseSecrets,
	parseSecurity,
	type Secrets,
	type Security,
} from "../contract/account";
import { asObject, type Fields, readList, readString, readText } from "../contract/decode";
import { DoorApi } from "./door";

/** What somebody fills in to get an account; empty optional fields are not sent. */
export interface Registration {
	readonly username: string;
	readonly password: string;
	readonly displayName: string;
	readonly email: string;
	readonly language: string;
	/** The code of an invitation, or "". */
	readonly invitation: string;
}

export interface ProfileChange {
	readonly display_name?: string;
	readonly about?: string;
	readonly language?: string;
	readonly time_zone?: string;
	readonly hidden?: boolean;
	readonly read_receipts?: boolean;
	/** Minutes of the day in one's own time zone; both or neither. */
	readonly quiet_from?: number | null;
	readonly quiet_to?: number | null;
	/** What was said stands in notifications. */
	readonly push_words?: boolean;
}

export interface NewBot {
	readonly username: string;
	readonly displayName: string;
	readonly kind: "bot" | "device";
	readonly scope: readonly string[] | null;
}

/** Once more, who is it: before what a borrowed browser must not do. Empty where there is none, or none is asked. */
export interface Proof {
	readonly password: string;
	readonly code: string;
}

export class AccountApi extends DoorApi {
	// without being signed in

	async signUp(wanted: Registration): Promise<NewAccount> {
		const { username, password, language } = wanted;
		const optional = { display_name: wanted.displayName, email: wanted.email, invitation: wanted.invitation };
		return parseNewAccount(await this.call("POST", "/accounts", { username, password, language, ...filled(optional) }));
	}

	async confirmEmail(token: string): Promise<void> {
		await this.call("POST", "/email-confirmations", { token });
	}

	/** Ask for a mail with a link; the answer never says whether the account exists. */
	async forgotPassword(login: string): Promise<void> {
		await this.call("POST", "/password-resets", { login });
	}

	async resetPassword(token: string, newPassword: string): Promise<void> {
		await this.call("PUT", "/password-resets", { token, new_password: newPassword });
	}

	async pendingSignIn(): Promise<PendingSignIn> {
		return parsePendingSignIn(await this.call("GET", "/session/pending"));
	}

	async finishByCode(code: string): Promise<void> {
		await this.call("POST", "/session/pending", { code });
	}

	async finishByName(username: string, displayName: string, invitation: string): Promise<void> {
		const optional = filled({ display_name: displayName, invitation });
		await this.call("POST", "/session/pending", { username, ...optional });
	}

	// the profile

	async profile(): Promise<Profile> {
		return parseProfile(await this.call("GET", "/me"));
	}

	async changeProfile(change: ProfileChange): Promise<Profile> {
		return parseProfile(await this.call("PATCH", "/me", { ...change }));
	}

	/** `path` is `/me` or `/bots/thermo`. Gives the picture's new version. */
	async setPicture(path: string, image: Blob): Promise<string> {
		return readText(asObject(await this.call("PUT", `${path}/picture`, image)), "picture");
	}

	async removePicture(path: string): Promise<void> {
		await this.call("DELETE", `${path}/picture`);
	}

	// security

	async security(): Promise<Security> {
		return parseSecurity(await this.call("GET", "/me/security"));
	}

	/** Signs every other browser and device out. */
	async changePassword(proof: Proof, newPassword: string): Promise<void> {
		const { password: old_password, code } = proof;
		await this.call("PUT", "/password", { old_password, new_password: newPassword, ...(code && { code }) });
	}

	/** A mail with a link goes out; the address counts once that is opened. */
	async setEmail(email: string, proof: Proof): Promise<void> {
		await this.call("PUT", "/me/email", { email, ...given(proof) });
	}

	async removeEmail(proof: Proof): Promise<void> {
		await this.call("DELETE", "/me/email", given(proof));
	}

	async beginSecondFactor(proof: Proof): Promise<NewSecondFactor> {
		return parseNewSecondFactor(await this.call("POST", "/me/second-factor", given(proof)));
	}

	async confirmSecondFactor(code: string): Promise<readonly string[]> {
		return parseRecoveryCodes(await this.call("PUT", "/me/second-factor", { code }));
	}

	async endSecondFactor(proof: Proof): Promise<void> {
		await this.call("DELETE", "/me/second-factor", given(proof));
	}

	async newRecoveryCodes(proof: Proof): Promise<readonly string[]> {
		return parseRecoveryCodes(await this.call("POST", "/me/recovery-codes", given(proof)));
	}

	async passkeyOptions(proof: Proof): Promise<unknown> {
		return asObject(await this.call("POST", "/me/passkeys/options", given(proof))).options;
	}

	async addPasskey(label: string, credential: Fields): Promise<void> {
		await this.call("POST", "/me/passkeys", { label, credential });
	}

	async removePasskey(id: number): Promise<void> {
		await this.call("DELETE", `/me/passkeys/${id}`);
	}

	/** Gives the address at which the browser goes on to the provider. */
	async beginIdentity(proof: Proof): Promise<string> {
		return readString(asObject(await this.call("POST", "/me/identities", given(proof))), "url");
	}

	async removeIdentity(id: number): Promise<void> {
		await this.call("DELETE", `/me/identities/${id}`);
	}

	// devices

	async devices(): Promise<Devices> {
		return parseDevices(await this.call("GET", "/me/devices"));
	}

	async signOutDevice(id: number): Promise<void> {
		await this.call("DELETE", `/me/devices/${id}`);
	}

	/** All but the one that asks. */
	async signOutOthers(): Promise<void> {
		await this.call("DELETE", "/me/devices");
	}

	async forgetSession(clientId: string): Promise<void> {
		await this.call("DELETE", `/me/sessions/${encodeURIComponent(clientId)}`);
	}

	// bots and devices of one's own

	async bots(): Promise<readonly Bot[]> {
		return readList(asObject(await this.call("GET", "/bots")), "bots", parseBot);
	}

	async createBot({ username, displayName, kind, scope }: NewBot): Promise<Secrets> {
		return parseSecrets(await this.call("POST", "/bots", { username, display_name: displayName, kind, scope }));
	}

	async changeBot(
		name: string,
		change: { display_name?: string; about?: string; scope?: readonly string[] | null },
	): Promise<void> {
		await this.call("PATCH", `/bots/${name}`, change);
	}

	async rotateBot(name: string): Promise<Secrets> {
		return parseSecrets(await this.call("POST", `/bots/${name}/token`));
	}

	async deleteBot(name: string): Promise<void> {
		await this.call("DELETE", `/bots/${name}`);
	}

	// the end

	async deleteAccount(proof: Proof): Promise<void> {
		await this.call("DELETE", "/me", given(proof));
	}
}

function given({ password, code }: Proof): Fields {
	return { ...(password && { password }), ...(code && { code }) };
}

/** The fields that hold something, without spaces around it. */
function filled(fields: Readonly<Record<string, string>>): Fields {
	const trimmed = Object.entries(fields).map(([name, text]) => [name, text.trim()] as const);
	return Object.fromEntries(trimmed.filter(([, text]) => text));
}
