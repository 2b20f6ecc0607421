/** The part of the JSON API about people: search, requests, friends, labels, links, mutes, blocks, reports. */

import { type Notes, type Person, parsePerson } from "../contract/contacts";
import { asObject, readInteger, readList, readString } from "../contract/decode";
import { type LinkTarget, parseLinkTarget, parseSharedLink, type SharedLink } from "../contract/links";
import type { ConversationKey } from "../contract/topics";
import { ContactLists } from "./lists";

export type Decision = "accept" | "decline" | "ignore";
/** Whom a request is for: a name, or the link of somebody who is not found by name. */
export type Addressee = { readonly to: string } | { readonly link: string };
/** What a report is about: a person, a group, or one message of a conversation with either. */
export type Reported = ({ readonly username: string } | { readonly group: string }) & { readonly seq?: number };

export class ContactsApi extends ContactLists {
	async search(query: string): Promise<readonly Person[]> {
		const answer = await this.call("GET", `/people?q=${encodeURIComponent(query)}`);
		return readList(asObject(answer, "people"), "people", parsePerson);
	}

	async request(whom: Addressee, text: string): Promise<void> {
		await this.call("POST", "/friend-requests", { ...whom, ...(text && { text }) });
	}

	async decide(id: number, decision: Decision): Promise<void> {
		await this.call("POST", `/friend-requests/${id}/${decision}`);
	}

	async withdraw(id: number): Promise<void> {
		await this.call("DELETE", `/friend-requests/${id}`);
	}

	async note(name: string, notes: Partial<Notes>): Promise<void> {
		await this.call("PATCH", `/friends/${name}`, notes);
	}

	async unfriend(name: string): Promise<void> {
		await this.call("DELETE", `/friends/${name}`);
	}

	/** Answers the name as it is kept. */
	async renameLabel(label: string, to: string): Promise<string> {
		const answer = await this.call("PATCH", `/labels/${encodeURIComponent(label)}`, { label: to });
		return readString(asObject(answer, "label"), "label");
	}

	async deleteLabel(label: string): Promise<void> {
		await this.call("DELETE", `/labels/${encodeURIComponent(label)}`);
	}

	/** The same message to every friend of a label; the answer is to how many. */
	async broadcast(label: string, body: string): Promise<number> {
		return readInteger(asObject(await this.call("POST", "/broadcasts", { label, body })), "sent_to");
	}

	async myLink(): Promise<SharedLink> {
		return parseSharedLink(await this.call("GET", "/me/link"));
	}

	/** A new link; the one before leads nowhere from now on. */
	async renewMyLink(): Promise<SharedLink> {
		return parseSharedLink(await this.call("POST", "/me/link"));
	}

	async openLink(code: string): Promise<LinkTarget> {
		return parseLinkTarget(await this.call("GET", `/links/${encodeURIComponent(code)}`));
	}

	/** `until` in ms; null: until it is taken back. */
	async mute(key: ConversationKey, until: number | null): Promise<void> {
		await this.call("PUT", `/mutes/${key}`, { until });
	}

	async unmute(key: ConversationKey): Promise<void> {
		await this.call("DELETE", `/mutes/${key}`);
	}

	async block(name: string): Promise<void> {
		await this.call("PUT", `/blocks/${name}`);
	}

	async unblock(name: string): Promise<void> {
		await this.call("DELETE", `/blocks/${name}`);
	}

	async report(what: Reported, text: string): Promise<void> {
		await this.call("POST", "/reports", { ...what, text });
	}
}
