/** What the window is called: the screen in view, then the name of the house. */

import type { Route } from "../model/route";
import type { Texts } from "./index";

const HOUSE = "鸿雁 Hongyan";

/** `chat` is the title of the conversation in view. */
export function windowTitle(t: Texts, route: Route, chat: string, unread: number): string {
	const screen = screenTitle(t, route, chat);
	return `${unread > 0 ? `(${unread}) ` : ""}${screen ? `${screen} · ` : ""}${HOUSE}`;
}

function screenTitle(t: Texts, route: Route, chat: string): string {
	if (route.page === "chat") return chat;
	if (route.page === "settings" && route.section) return t.account.sections[route.section];
	const titles: Readonly<Partial<Record<Route["page"], string>>> = {
		people: t.people,
		search: t.composer.search,
		settings: t.settings,
		admin: t.account.administration,
		join: t.contacts.link,
		lost: t.comfort.lost,
		share: t.comfort.share,
	};
	return titles[route.page] ?? "";
}
