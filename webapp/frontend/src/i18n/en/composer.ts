/** What the pages say about writing: the composer, what is sent with it, search, scheduled messages, archives. */

export const composer = {
	attach: "Attach",
	emoji: "Emoji",
	untilRead: "Disappears after reading",
	save: "Save",
	draft: "Draft: ",
	caption: "Add a caption",
	dropHere: "Drop the files here to send them",
	hint: "Enter sends, Shift+Enter makes a new line, ↑ changes your last message",

	files: "Files to send",
	leaving: "Sent as soon as it is up",

	record: "Record a voice message",

	search: "Search",
	searchMessages: "Search in messages",
};
