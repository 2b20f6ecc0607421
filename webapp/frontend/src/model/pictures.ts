/** The pictures of messages. */

import type { Message } from "../contract/envelope";
import type { FileObject } from "../contract/kinds";

/** In the order of the messages, and of each message. */
export function picturesOf(messages: readonly Message[]): readonly FileObject[] {
	return messages.flatMap(({ content }) => (content.kind === "image" ? content.files : []));
}
