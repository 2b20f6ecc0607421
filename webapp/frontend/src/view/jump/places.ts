/** All that the jump list leads to: what the person has, the pages, and what one may do from anywhere. */

import type { Person } from "../../contract/contacts";
import { isGroup, nameOf } from "../../contract/topics";
import type { Conversation } from "../../model/conversation";
import type { Place } from "../../model/jump";
import { chatHash, SETTINGS, searchHash } from "../../model/route";
import { leave } from "../account/signout";
import type { Names } from "../names.svelte";
import { findingOf } from "../search/finding.svelte";
import type { Ui } from "../ui.svelte";

type IconName = "group" | "search" | "keyboard" | "palette" | "back" | "people" | "settings";

export interface Way extends Place {
	readonly icon: IconName | null;
	/** Whose face stands there; null: an icon does. */
	readonly face: { readonly name: string; readonly title: string; readonly group: boolean } | null;
	/** An address, or what is done. */
	readonly to: string | (() => void);
}

/** Conversations as the list has them, then friends and groups without one. */
export function peopleAndGroups(ui: Ui, names: Names, conversations: readonly Conversation[]): readonly Way[] {
	const { model } = ui;
	if (model === null) return [];
	const known = new Set<string>(conversations.map(({ key }) => key));
	const friends = model.friends.filter(({ username }) => !known.has(`user/${username}`));
	const groups = model.groups.filter(({ name }) => !known.has(`group/${name}`));
	return [
		...conversations.map((conversation): Way => {
			const name = nameOf(conversation.key);
			const real = model.faces.get(name)?.displayName;
			const title = names.conversation(conversation);
			return {
				section: "conversation",
				id: conversation.key,
				title,
				note: isGroup(conversation.key) ? "" : `@${name}`,
				also: isGroup(conversation.key) ? [name] : [name, ...(real ? [real] : [])],
				icon: null,
				face: { name, title: names.face(conversation), group: isGroup(conversation.key) },
				to: chatHash(conversation.key),
			};
		}),
		...friends.map(
			({ username, displayName, remark }): Way => ({
				...person(username, remark || displayName, [displayName]),
				section: "friend",
				to: chatHash(`user/${username}`),
			}),
		),
		...groups.map(
			({ name, title }): Way => ({
				section: "group",
				id: `group/${name}`,
				title,
				note: "",
				also: [name],
				icon: null,
				face: { name, title, group: true },
				to: chatHash(`group/${name}`),
			}),
		),
	];
}

/** Whom the server found, without those who are there already. */
export function strangers(found: readonly Person[], known: readonly Way[]): readonly Way[] {
	const ids = new Set(known.map(({ id }) => id));
	return found.flatMap(({ username, displayName }) => {
		const way = person(username, displayName, []);
		return ids.has(way.id) ? [] : [{ ...way, section: "person" as const, to: chatHash(`user/${username}`, true) }];
	});
}

function person(username: string, title: string, also: readonly string[]): Omit<Way, "section" | "to"> {
	const face = { name: username, title, group: false };
	return { id: `user/${username}`, title, note: `@${username}`, also: [username, ...also], icon: null, face };
}

export function pagesAndDeeds(ui: Ui): readonly Way[] {
	const { t } = ui;
	const page = (title: string, icon: IconName, to: string, note = ""): Way => ({
		section: "page",
		id: to,
		title,
		note,
		also: [],
		icon,
		face: null,
		to,
	});
	const deed = (title: string, icon: IconName, to: string | (() => void)): Way => ({
		section: "deed",
		id: title,
		title,
		note: "",
		also: [],
		icon,
		face: null,
		to,
	});
	const { theme } = ui.appearance.looks;
	const dark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
	return [
		deed(t.groups.newTitle, "group", () => (ui.dialog = "newGroup")),
		deed(t.findPeople, "search", "#/people"),
		deed(t.comfort.shortcuts, "keyboard", () => (ui.dialog = "shortcuts")),
		deed(dark ? t.comfort.toLight : t.comfort.toDark, "palette", () =>
			ui.appearance.choose({ theme: dark ? "light" : "dark" }),
		),
		deed(t.signOut, "back", () => void leave(ui)),
		page(t.people, "people", "#/people"),
		page(t.settings, "settings", "#/settings"),
		...SETTINGS.map((section) =>
			page(t.account.sections[section], "settings", `#/settings/${section}`, t.account.sectionHints[section]),
		),
	];
}

/** The last row: the same words, looked for in all that was said. */
export function searchFor(ui: Ui, typed: string): Way {
	const words = typed.trim();
	return {
		section: "search",
		id: "search",
		title: words ? ui.t.comfort.jumpSearch(words) : ui.t.composer.searchMessages,
		note: "",
		also: [],
		icon: "search",
		face: null,
		to: () => {
			if (ui.messenger && words) findingOf(ui, ui.messenger, null).change({ words }, 0);
			location.hash = searchHash(null);
		},
	};
}
