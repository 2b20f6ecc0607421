/** What the pages of administration share. */

import { getContext, setContext } from "svelte";
import type { AccountRole } from "../../contract/account";
import type { AdminApi } from "../../net/admin";

export interface Office {
	readonly api: AdminApi;
	/** Of whoever looks: moderator or admin. */
	readonly role: AccountRole;
}

const KEY = Symbol("office");

export function provideOffice(office: Office): void {
	setContext(KEY, office);
}

export function useOffice(): Office {
	return getContext<Office>(KEY);
}
