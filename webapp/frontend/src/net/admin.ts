/** The part of the API for administrators and moderators. */

import type { AccountRole } from "../contract/account";
import {
	type AuditEntry,
	type Invitation,
	type ListedAccount,
	type Paged,
	parseAuditEntry,
	parseInvitation,
	parseListedAccount,
	parsePage,
	parseReport,
	type Report,
} from "../contract/admin";
import { asObject, readList, readString } from "../contract/decode";
import type { Call } from "./api";

const PAGE = "50";

export class AdminApi {
	constructor(private readonly call: Call) {}

	async accounts(query: string, after: string | null): Promise<Paged<ListedAccount>> {
		const path = `/admin/accounts?${queryOf({ q: query, after, limit: PAGE })}`;
		return parsePage(await this.call("GET", path), "accounts", parseListedAccount);
	}

	async changeAccount(name: string, change: { disabled?: boolean; role?: AccountRole }): Promise<void> {
		await this.call("PATCH", `/admin/accounts/${name}`, change);
	}

	/** A link by which somebody sets a new password; to be handed over. */
	async resetLink(name: string): Promise<string> {
		return readString(asObject(await this.call("POST", `/admin/accounts/${name}/reset`)), "url");
	}

	async deleteAccount(name: string): Promise<void> {
		await this.call("DELETE", `/admin/accounts/${name}`);
	}

	/** Newest first. */
	async reports(state: "open" | "closed", before: string | null): Promise<Paged<Report>> {
		const path = `/admin/reports?${queryOf({ state, before, limit: PAGE })}`;
		return parsePage(await this.call("GET", path), "reports", parseReport);
	}

	async closeReport(id: number, outcome: string): Promise<void> {
		await this.call("POST", `/admin/reports/${id}/close`, { outcome });
	}

	/** Newest first. */
	async audit(before: string | null): Promise<Paged<AuditEntry>> {
		return parsePage(
			await this.call("GET", `/admin/audit?${queryOf({ before, limit: PAGE })}`),
			"entries",
			parseAuditEntry,
		);
	}

	async invitations(): Promise<readonly Invitation[]> {
		return readList(asObject(await this.call("GET", "/links")), "links", parseInvitation);
	}

	async invite(expiresAt: number | null, maxUses: number | null): Promise<Invitation> {
		const bounds = {
			...(expiresAt !== null && { expires_at: expiresAt }),
			...(maxUses !== null && { max_uses: maxUses }),
		};
		return parseInvitation(await this.call("POST", "/links", bounds));
	}

	async endInvitation(id: number): Promise<void> {
		await this.call("DELETE", `/links/${id}`);
	}

	async tellEverybody(body: string): Promise<void> {
		await this.call("POST", "/admin/broadcasts", { body });
	}
}

function queryOf(parameters: Readonly<Record<string, string | null>>): URLSearchParams {
	return new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
