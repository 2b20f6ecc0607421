/** The part of the JSON API about groups and channels. The start has no more of it than ./lists. */

import { type Face, parseFace } from "../contract/contacts";
import { asObject, readInteger, readList, readString, readText } from "../contract/decode";
import { type GroupKind, type GroupSettings, type Paged, parsePage, type Role } from "../contract/groups";
import { type GroupLink, type JoinRequest, parseGroupLink, parseJoinRequest } from "../contract/links";
import { GroupLists, pageQuery } from "./lists";

/** What one request may change; a time of null lasts until it is taken back, 0 ends it. */
export interface GroupChanges extends Partial<Omit<GroupSettings, "mutedUntil">> {
	readonly title?: string;
	readonly muted_until?: number | null;
	readonly announcement?: string;
}

export interface MemberChanges {
	readonly role?: Exclude<Role, "owner">;
	readonly muted_until?: number | null;
	readonly nickname?: string;
}

/** `waiting` is the request that an admin will answer; null where that is not told. */
export type Joined = { readonly state: "joined" | "pending"; readonly group: string; readonly waiting: number | null };

export class GroupsApi extends GroupLists {
	async create(name: string, title: string, kind: GroupKind): Promise<void> {
		await this.call("POST", "/groups", { name, title, kind });
	}

	async change(name: string, changes: GroupChanges): Promise<void> {
		await this.call("PATCH", `/groups/${name}`, { ...changes });
	}

	async dissolve(name: string): Promise<void> {
		await this.call("DELETE", `/groups/${name}`);
	}

	async setPicture(name: string, image: Blob): Promise<void> {
		await this.call("PUT", `/groups/${name}/picture`, image);
	}

	async removePicture(name: string): Promise<void> {
		await this.call("DELETE", `/groups/${name}/picture`);
	}

	async addMember(name: string, username: string): Promise<void> {
		await this.call("PUT", `/groups/${name}/members/${username}`);
	}

	/** Also how one leaves: with one's own name. */
	async removeMember(name: string, username: string): Promise<void> {
		await this.call("DELETE", `/groups/${name}/members/${username}`);
	}

	async changeMember(name: string, username: string, changes: MemberChanges): Promise<void> {
		await this.call("PATCH", `/groups/${name}/members/${username}`, { ...changes });
	}

	async transfer(name: string, username: string): Promise<void> {
		await this.call("POST", `/groups/${name}/owner`, { username });
	}

	async bans(name: string, after: string | null): Promise<Paged<Face>> {
		return parsePage(await this.call("GET", `/groups/${name}/bans${pageQuery(after)}`), "bans", parseFace);
	}

	async ban(name: string, username: string): Promise<void> {
		await this.call("PUT", `/groups/${name}/bans/${username}`);
	}

	async unban(name: string, username: string): Promise<void> {
		await this.call("DELETE", `/groups/${name}/bans/${username}`);
	}

	async links(name: string): Promise<readonly GroupLink[]> {
		return readList(asObject(await this.call("GET", `/groups/${name}/links`)), "links", parseGroupLink);
	}

	/** `expiresAt` in ms; null: no end, no bound. */
	async createLink(name: string, expiresAt: number | null, maxUses: number | null): Promise<void> {
		const bounds = { ...(expiresAt && { expires_at: expiresAt }), ...(maxUses && { max_uses: maxUses }) };
		await this.call("POST", `/groups/${name}/links`, bounds);
	}

	async deleteLink(name: string, id: number): Promise<void> {
		await this.call("DELETE", `/groups/${name}/links/${id}`);
	}

	async join(code: string, text: string): Promise<Joined> {
		const path = `/links/${encodeURIComponent(code)}/join`;
		const answer = asObject(await this.call("POST", path, { ...(text && { text }) }), "join");
		const { group, request_id: id } = answer;
		return {
			state: readText(answer, "state") === "joined" ? "joined" : "pending",
			group: typeof group === "string" ? group : readString(asObject(group), "name"),
			waiting: typeof id === "number" ? id : null,
		};
	}

	/** The request of ours that an admin of the group has not answered yet; null: none. */
	async waitingJoin(group: string): Promise<number | null> {
		const answer = asObject(await this.call("GET", "/me/join-requests"));
		const mine = readList(answer, "requests", (item) => asObject(item, "join request"));
		const waiting = mine.find((request) => request.group === group);
		return waiting ? readInteger(waiting, "id") : null;
	}

	async withdrawJoin(id: number): Promise<void> {
		await this.call("DELETE", `/me/join-requests/${id}`);
	}

	async joinRequests(name: string, after: string | null): Promise<Paged<JoinRequest>> {
		const answer = await this.call("GET", `/groups/${name}/join-requests${pageQuery(after)}`);
		return parsePage(answer, "requests", parseJoinRequest);
	}

	async decideJoin(name: string, id: number, decision: "accept" | "decline"): Promise<void> {
		await this.call("POST", `/groups/${name}/join-requests/${id}/${decision}`);
	}

	async readers(name: string, after: string | null): Promise<Paged<Face>> {
		const answer = await this.call("GET", `/groups/${name}/announcement/readers${pageQuery(after)}`);
		return parsePage(answer, "readers", parseFace);
	}
}
