/** What is being written at the caret and can be completed: a person behind `@`, an emoji behind `:`, a command behind `/`. */

import { isGroup, nameOf } from "../../contract/topics";
import type { Language, Texts } from "../../i18n";
import { type Emoji, emojiAt, emojiName, searchEmoji } from "../../model/emoji";
import { findPeople, mentionAt, type Person } from "../../model/naming";
import { type CommandName, findCommands, slashAt } from "../../model/slash";
import { replace, type Written } from "../../model/writing";
import type { GroupsApi } from "../../net/groups";
import type { Clock } from "../../platform/platform";
import { mentionable } from "./people";
import type { App, Writer } from "./writer.svelte";

const MOST_EMOJI = 8;
const ASK_AFTER_MS = 200;

export interface Choice {
	readonly key: string;
	readonly label: string;
	readonly hint: string;
	readonly testid: string;
	readonly face?: Person;
	readonly char?: string;
	readonly take: () => void;
}

interface Tools {
	readonly clock: Clock;
	readonly groups: GroupsApi;
	readonly words: () => Texts;
	readonly language: () => Language;
	/** Put a text into the composer, with the caret where it says. */
	readonly write: (written: Written) => void;
	readonly run: (command: CommandName) => void;
}

export class Completing {
	/** Where the caret stands, in UTF-16 units. */
	caret = $state(0);
	private index = $state(-1);
	private dismissed = $state(""); // what was open when the person closed it
	private found = $state.raw<readonly Person[]>([]);
	private emoji = $state.raw<readonly Emoji[]>([]);

	private readonly naming = $derived.by(() =>
		isGroup(this.writer.chat) ? mentionAt(this.writer.text, this.caret) : null,
	);
	private readonly smiling = $derived.by(() => (this.naming ? null : emojiAt(this.writer.text, this.caret)));
	private readonly slash = $derived.by(() =>
		this.writer.composing.edit ? null : slashAt(this.writer.text, this.caret),
	);
	private readonly place = $derived.by(() => {
		if (this.naming) return `@${this.naming.start}`;
		if (this.smiling) return `:${this.smiling.start}`;
		return this.slash === null ? "" : "/";
	});
	readonly choices: readonly Choice[] = $derived.by(() => {
		if (this.place === "" || this.place === this.dismissed) return [];
		if (this.naming) return this.people(this.naming.query);
		return this.smiling ? this.signs() : this.commands(this.slash ?? "");
	});
	/** Which one Enter takes; -1: none, so that Enter sends what stands there. */
	readonly at = $derived.by(() => Math.min(this.index < 0 ? this.first : this.index, this.choices.length - 1));

	constructor(
		private readonly app: App,
		private readonly writer: Writer,
		private readonly tools: Tools,
	) {}

	get label(): string {
		const { craft } = this.tools.words();
		if (this.naming) return craft.people;
		return this.smiling ? this.tools.words().composer.emoji : craft.commandList;
	}

	get testid(): string {
		return this.naming ? "mentions" : this.smiling ? "emoji-completion" : "commands";
	}

	/** A bot has commands of its own: there nothing is taken that was not chosen. */
	private get first(): number {
		const friend = this.app.model.friends.find(({ username }) => `user/${username}` === this.writer.chat);
		return this.slash !== null && friend && friend.kind !== "person" ? -1 : 0;
	}

	/** The person wrote something. */
	note(caret: number): void {
		this.caret = caret;
		this.index = -1;
		this.dismissed = "";
	}

	/** True when the list took the key. */
	steer(pressed: string): boolean {
		const { length } = this.choices;
		if (length === 0) return false;
		const chosen = this.choices[this.at];
		if (pressed === "ArrowDown") this.index = (this.at + 1) % length;
		else if (pressed === "ArrowUp") this.index = (Math.max(this.at, 0) + length - 1) % length;
		else if (pressed === "Escape") this.dismissed = this.place;
		else if (chosen && (pressed === "Enter" || pressed === "Tab")) this.take(chosen);
		else return false;
		return true;
	}

	take(choice: Choice): void {
		choice.take();
	}

	/** Call in an effect: what this page does not hold is asked for, and emoji are loaded with the first `:`. */
	ask(): (() => void) | undefined {
		const { naming, smiling } = this;
		if (smiling) {
			void this.findEmoji(smiling.query);
			return undefined;
		}
		const { next } = this.app.model.details.get(nameOf(this.writer.chat)) ?? { next: null };
		if (!naming?.query || next === null) return undefined;
		return this.tools.clock.after(ASK_AFTER_MS, () => void this.askMembers(naming.query));
	}

	private async askMembers(query: string): Promise<void> {
		const group = nameOf(this.writer.chat);
		const { items } = await this.tools.groups.members(group, null, query).catch(() => ({ items: [] }));
		this.found = items.map(({ username, nickname, displayName }) => ({ username, title: nickname || displayName }));
	}

	private async findEmoji(query: string): Promise<void> {
		const all = await import("virtual:emoji").then(
			({ default: list }) => list,
			() => [], // without the network there are none to choose from; what is written stays
		);
		if (this.smiling?.query === query) this.emoji = searchEmoji(all, query).slice(0, MOST_EMOJI);
	}

	private people(query: string): readonly Choice[] {
		const known = mentionable(this.app.model, this.writer.chat, this.tools.words().composer.everybody);
		const more = this.found.filter(({ username }) => !known.some((person) => person.username === username));
		return findPeople([...known, ...more], query).map((person) => ({
			key: person.username,
			label: person.title,
			hint: `@${person.username}`,
			testid: `mention-${person.username}`,
			face: person,
			take: () => {
				this.writer.chosen.add(person.username);
				this.put(`@${person.username} `);
			},
		}));
	}

	private signs(): readonly Choice[] {
		return this.emoji.map(([char, , words]) => {
			const label = emojiName(words, this.tools.language());
			const take = () => this.put(char);
			return { key: char, label, hint: "", testid: `complete-${char}`, char, take };
		});
	}

	private commands(query: string): readonly Choice[] {
		const { commands } = this.tools.words().craft;
		return findCommands(query).map(({ name, typed }) => ({
			key: name,
			label: `/${shownWord(typed, query, this.tools.language())}`,
			hint: commands[name],
			testid: `command-${name}`,
			take: () => {
				this.tools.write({ text: "", start: 0, end: 0 });
				this.tools.run(name);
			},
		}));
	}

	/** Words in the place of what was being written. */
	private put(words: string): void {
		const start = (this.naming ?? this.smiling)?.start ?? this.caret;
		this.tools.write(replace({ text: this.writer.text, start, end: this.caret }, words));
	}
}

/** As it was begun; where nothing was typed yet, in the language of the pages. */
function shownWord(typed: readonly string[], query: string, language: Language): string {
	const own = typed.find((word) => /\p{Script=Han}/u.test(word) === (language === "zh"));
	return (query === "" ? own : typed.find((word) => word.startsWith(query))) ?? typed[0] ?? "";
}
