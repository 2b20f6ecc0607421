/** Words about what makes writing and reading comfortable: completion, gestures, copying, players. */

import type { CommandName } from "../../../model/slash";

export const craft = {
	people: "People",
	commandList: "Commands",
	commands: {
		poll: "Ask for votes",
		photo: "Send photos or videos",
		file: "Send files",
		voice: "Record a voice message",
		sticker: "Send a sticker",
		location: "Send a place",
		contact: "Send a contact card",
		code: "Write a block of code",
		shrug: "Write ¯\\_(ツ)_/¯",
		scheduled: "What is to be sent later",
		search: "Search in this conversation",
		date: "Go to a date",
		media: "Pictures and files of this conversation",
	} as Readonly<Record<CommandName, string>>,
	enterKey: "The Enter key",
	enterSends: "sends",
	enterBreaks: "makes a new line",
	earlier: "Move forward",
	later: "Move back",
	original: "As it is",
	originalHint: "Send the picture as a file, with nothing taken away but the place it was taken at",
	// emoji
	tone: "Skin tone",
	tones: ["As it is", "Light", "Medium-light", "Medium", "Medium-dark", "Dark"] as readonly string[],
	categories: "Kinds of emoji",
	// recording
	slideToCancel: "Let go to send, slide aside to throw away",
	letGoToDiscard: "Let go to throw away",
	copyLink: "Copy link",
	copyAll: "Copy",
	forwardMore: (count: number) => (count === 1 ? "and 1 more" : `and ${count} more`),
	forwardLost: "Nobody of that name.",
};
