/** Messages as a text that can be pasted anywhere. Pure. */

export interface Said {
	readonly name: string;
	/** As it is read: with the day. */
	readonly when: string;
	readonly words: string;
}

/** One message is its words alone; of several it says who said them, and when. */
export function transcript(said: readonly Said[]): string {
	const [only] = said;
	if (said.length === 1 && only) return only.words;
	return said.map(({ name, when, words }) => `${name}, ${when}\n${words}`).join("\n\n");
}
