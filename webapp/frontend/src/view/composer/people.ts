/** Whom one may name in a conversation. */

import { type ConversationKey, isGroup, nameOf } from "../../contract/topics";
import { rightsIn } from "../../model/group";
import { type Model, memberName } from "../../model/model";
import type { Person } from "../../model/naming";
import { EVERYBODY } from "../../model/writing";

/** The members who were seen, without oneself; everybody at once, where one may call them. */
export function mentionable(model: Model, chat: ConversationKey, everybody: string): readonly Person[] {
	if (!isGroup(chat)) return [];
	const group = nameOf(chat);
	const detail = model.details.get(group);
	const names = [...(model.members.get(group)?.keys() ?? [])].filter((name) => name !== model.me.username);
	const people = names.map((username) => ({ username, title: memberName(model, group, username) }));
	return detail && rightsIn(detail).manage ? [...people, { username: EVERYBODY, title: everybody }] : people;
}
