/** Where a bot of ours may write, to choose from: to us, into our groups, to our friends. */

import type { ConversationKey } from "../contract/topics";

interface Named {
	readonly username: string;
	readonly displayName: string;
}

/** What of the model is needed. */
interface Circle {
	readonly me: Named;
	readonly groups: readonly { readonly name: string; readonly title: string }[];
	readonly friends: readonly Named[];
}

export interface Place {
	readonly key: ConversationKey;
	readonly title: string;
}

/** The keys are as the bot calls the conversations: to it, we are `user/ann`. */
export function placesOf({ me, groups, friends }: Circle, bot: string): readonly Place[] {
	const people = friends.filter(({ username }) => username !== bot);
	return [
		{ key: `user/${me.username}`, title: me.displayName },
		...groups.map(({ name, title }): Place => ({ key: `group/${name}`, title })),
		...people.map(({ username, displayName }): Place => ({ key: `user/${username}`, title: displayName })),
	];
}
