/** Words about messages: what they are, what hangs on them, and what one may do with them. */

export const messages = {
	kinds: {
		image: "[Picture]",
		images: (count: number) => `[${count} pictures]`,
		voice: "[Voice message]",
		video: "[Video]",
		file: "[File]",
		sticker: "[Sticker]",
		location: "[Location]",
		contact: "[Contact card]",
		forward: (count: number) => (count === 1 ? "[Forwarded message]" : `[${count} forwarded messages]`),
		poll: "[Poll]",
		data: "[Values]",
		gone: "[Taken back]",
		unknown: "[A kind of message that this page does not know]",
	},
	delivered: "Delivered",
	mentioned: "Somebody has mentioned you",
	typing: {
		recording: (names: string) => `${names} is recording…`,
	},
	// lines between the messages
	newBelow: "New messages",
	toUnread: (count: number) => (count === 1 ? "1 new message" : `${count} new messages`),
	tookBack: (who: string) => `${who} took a message back`,
	youTookBack: "You took a message back",
	tookBackOf: (who: string, whose: string) => `${who} took back a message of ${whose}`,
	expired: (count: number) =>
		count === 1 ? "A message is gone: its time was over" : `${count} messages are gone: their time was over`,
	threadAnswers: (count: number) => (count === 1 ? "1 answer" : `${count} answers`),
	answered: (who: string, count: number) =>
		count === 1 ? `${who} answered in a thread` : `${who}: ${count} answers in a thread`,
	loadNewer: "Load later messages",
	// what a message says of itself
	edited: "edited",
	editedAt: (when: string) => `edited ${when}`,
	disappears: "Disappears after it was read",
	importedFrom: (who: string) => `${who}, from an archive`,
	replyTo: (who: string) => `Answer to ${who}`,
	originGone: "This message is not there any longer.",
	writing: "is being written…",
	// kinds
	picture: (name: string) => `Picture ${name}`,
	openPicture: "Open picture",
	// marks
	react: "React",
	reactedBy: (emoji: string, who: string) => `${emoji} by ${who}`,
	andMore: (count: number) => ` and ${count} more`,
	pinned: "Pinned",
	// what one may do
	menu: "What to do with this message",
	selected: (count: number) => `${count} selected`,
	toggleSelected: "Select this message",
	// around
	media: "Pictures and files",
	jumpToDate: "Go to a date",
	gone: "This message cannot be found any longer.",
	reply: "Answer",
};
