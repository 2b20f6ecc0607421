/** What to call people and conversations on the pages. */

import { type ConversationKey, isGroup, nameOf } from "../contract/topics";
import { displayName, isDeleted, memberName } from "../model/model";
import { useMessenger, useUi } from "./ui.svelte";

export interface Names {
	person(username: string): string;
	/** Who speaks in a conversation: in a group by the nickname there. */
	speaker(key: ConversationKey, username: string): string;
	/** What an avatar is made of: beside notes to self stands one's own face. */
	face(conversation: { readonly key: ConversationKey; readonly title: string }): string;
	conversation(conversation: { readonly key: ConversationKey; readonly title: string }): string;
}

export function useNames(): Names {
	const ui = useUi();
	const app = useMessenger();
	const person = (username: string) =>
		isDeleted(ui.namesKnown, username) ? ui.t.contacts.deletedAccount : displayName(ui.namesKnown, username);
	const own: ConversationKey = `user/${app.model.me.username}`; // nobody becomes another while the pages are open
	const isSelf = (key: ConversationKey) => key === own;
	const conversation: Names["conversation"] = ({ key, title }) => {
		if (isSelf(key)) return ui.t.contacts.noteToSelf;
		return !isGroup(key) && ui.namesKnown.faces.has(nameOf(key)) ? person(nameOf(key)) : title;
	};
	return {
		person,
		conversation,
		face: (item) => (isSelf(item.key) ? app.model.me.displayName : conversation(item)),
		speaker: (key, username) =>
			isGroup(key) && !isDeleted(ui.namesKnown, username)
				? memberName(ui.namesKnown, nameOf(key), username)
				: person(username),
	};
}
