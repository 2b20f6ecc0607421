/** Words about what makes writing and reading comfortable: completion, gestures, copying, players. */

export const craft = {
	longPaste: "That is a long text.",
	asFile: "Send it as a file",
	pastedName: "text",
	left: (chars: number) => (chars === 1 ? "Room for 1 more character" : `Room for ${chars} more characters`),
	over: (chars: number) => `About ${chars} characters too many. Send them as a file, or split the text.`,
	// files that wait to be sent
	caption: "The words that you write go with them.",
	showAll: "Show all",
	showLess: "Show less",
	copyCode: "Copy the code",
	// what one may do with a message
	hoverBar: "Quick answers to a message",
	linkCopied: "The link is copied.",
	textCopied: "Copied.",
	copyRefused: "This browser does not let this page copy. Select the words and copy them yourself.",
	backToAnswer: "Back to the answer",
};
