/** What of people and groups the start asks for; the rest of it is in ./contacts and ./groups, and comes later. */

import {
	type Block,
	type Friend,
	type FriendRequests,
	type Profile,
	parseBlock,
	parseFriend,
	parseFriendRequests,
	parseProfile,
} from "../contract/contacts";
import { asObject, readList } from "../contract/decode";
import {
	type Group,
	type GroupDetail,
	type Member,
	type Paged,
	parseGroup,
	parseGroupDetail,
	parseMember,
	parsePage,
} from "../contract/groups";
import type { Call } from "./api";

const MEMBERS_PAGE = 50;

export class ContactLists {
	constructor(protected readonly call: Call) {}

	async person(name: string): Promise<Profile> {
		return parseProfile(await this.call("GET", `/people/${name}`));
	}

	async requests(): Promise<FriendRequests> {
		return parseFriendRequests(await this.call("GET", "/friend-requests"));
	}

	async friends(): Promise<readonly Friend[]> {
		return readList(asObject(await this.call("GET", "/friends"), "friends"), "friends", parseFriend);
	}

	async blocks(): Promise<readonly Block[]> {
		return readList(asObject(await this.call("GET", "/blocks"), "blocks"), "blocks", parseBlock);
	}
}

export class GroupLists {
	constructor(protected readonly call: Call) {}

	async list(): Promise<readonly Group[]> {
		return readList(asObject(await this.call("GET", "/groups"), "groups"), "groups", parseGroup);
	}

	async load(name: string): Promise<GroupDetail> {
		return parseGroupDetail(await this.call("GET", `/groups/${name}`));
	}

	async members(name: string, after: string | null, query: string): Promise<Paged<Member>> {
		const answer = await this.call("GET", `/groups/${name}/members${pageQuery(after, query)}`);
		return parsePage(answer, "members", parseMember);
	}
}

/** Of one page of a list that may be long. */
export function pageQuery(after: string | null, query = ""): string {
	const asked = new URLSearchParams({
		limit: String(MEMBERS_PAGE),
		...(after && { after }),
		...(query && { q: query }),
	});
	return `?${asked}`;
}
