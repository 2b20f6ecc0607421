/** Texts that are drawn large. */

const MOST_CHARS = 60;
/**
 * One to three emoji as UTS #51 builds them: flags, keycaps, faces with their skin, and what is joined to them.
 *
 * The set of all that there are, `\p{RGI_Emoji}`, takes five times as long to build, and has no form but the shortest.
 */
const EMOJI =
	/^(?:(?:\p{RI}{2}|[#*\d]\ufe0f\u20e3|(?![#*\d\p{RI}])(?:\p{Emoji_Presentation}|\p{Emoji}(?=[\ufe0f\p{Emoji_Modifier}]))\ufe0f?\p{Emoji_Modifier}?[\u{e0020}-\u{e007f}]*(?:\u200d\p{Emoji}\ufe0f?\p{Emoji_Modifier}?)*)\s*){1,3}$/u;
/** Most texts are told by this: no emoji has a Latin letter or a Chinese character in it. */
const LETTER = /[A-Za-z\u3400-\u9fff]/;

/** Whether a text is one to three emoji and nothing else, so that they are drawn large. */
export function isOnlyEmoji(text: string): boolean {
	return text.length <= MOST_CHARS && !LETTER.test(text) && EMOJI.test(text.trim());
}
