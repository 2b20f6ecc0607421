/** A line of a group's conversation in the reader's own words. */

import type { EventName, GroupEvent } from "../contract/groups";
import { isForever } from "../model/group";
import type { Texts } from "./index";

interface Said {
	readonly t: Texts["groups"]["events"];
	readonly by: string;
	readonly who: string;
	/** Whether it is about the one who did it, and about nobody else. */
	readonly self: boolean;
	/** "" for what lasts until it is taken back. */
	readonly when: string;
	readonly event: GroupEvent;
}

const SENTENCES: Readonly<Record<EventName, (said: Said) => string>> = {
	created: ({ t, by }) => t.created(by),
	joined: ({ t, by, who, self }) => (self ? t.joinedSelf(by) : t.joined(by, who)),
	left: ({ t, by }) => t.left(by),
	removed: ({ t, by, who }) => t.removed(by, who),
	banned: ({ t, by, who }) => t.banned(by, who),
	unbanned: ({ t, by, who }) => t.unbanned(by, who),
	role: ({ t, by, who, event }) => (event.role === "admin" ? t.admin(by, who) : t.member(by, who)),
	owner: ({ t, by, who }) => t.owner(by, who),
	muted: ({ t, by, who, when }) => (when ? t.mutedUntil(by, who, when) : t.muted(by, who)),
	unmuted: ({ t, by, who }) => t.unmuted(by, who),
	muted_all: ({ t, by, when }) => (when ? t.mutedAllUntil(by, when) : t.mutedAll(by)),
	unmuted_all: ({ t, by }) => t.unmutedAll(by),
	title: ({ t, by, event }) => t.title(by, event.title),
	picture: ({ t, by }) => t.picture(by),
	announcement: ({ t, by, event }) =>
		event.announcement ? t.announcement(by, event.announcement) : t.noAnnouncement(by),
	settings: ({ t, by }) => t.settings(by),
	nickname: ({ t, by, who, self, event }) => {
		if (!event.nickname) return t.noNickname(by);
		return self ? t.nickname(by, event.nickname) : t.nicknameOf(by, who, event.nickname);
	},
	dissolved: ({ t, by }) => t.dissolved(by),
};

/**
 * Say what an event changed; `body`, in the words of whoever did it, for an event that we do not know.
 *
 * `nameOf` gives the name to show of an account, `formatWhen` a time in the future.
 */
export function describeEvent(
	texts: Texts,
	line: { readonly from: string; readonly body: string; readonly event: GroupEvent },
	nameOf: (username: string) => string,
	formatWhen: (at: number) => string,
): string {
	const { from, body, event } = line;
	if (event.name === null) return body;
	const others = event.who.length > 0 ? event.who : [from];
	return SENTENCES[event.name]({
		t: texts.groups.events,
		by: nameOf(from),
		who: others.map(nameOf).join(texts.groups.listJoin),
		self: others.every((name) => name === from),
		when: event.until === null || isForever(event.until) ? "" : formatWhen(event.until),
		event,
	});
}
