/** Messages on the clipboard, with who said them and when. */

import { describeMessage } from "../../i18n/describe";
import { formatFull } from "../../i18n/format";
import { type Conversation, findMessage } from "../../model/conversation";
import { transcript } from "../../model/transcript";
import type { Names } from "../names.svelte";
import type { Ui } from "../ui.svelte";
import type { Talk } from "./talk.svelte";

export function copySelected(
	talk: Talk,
	conversation: Conversation,
	seqs: readonly number[],
	ui: Ui,
	names: Names,
): Promise<void> {
	const messages = [...seqs].sort((a, b) => a - b).flatMap((seq) => findMessage(conversation, seq) ?? []);
	const said = messages.map((message) => ({
		name: message.imported?.from ?? names.speaker(conversation.key, message.from),
		when: formatFull(ui.t, message.imported?.at ?? message.at),
		words: message.content.kind === "text" ? message.body : describeMessage(ui.t, message),
	}));
	return talk.copy(transcript(said));
}
