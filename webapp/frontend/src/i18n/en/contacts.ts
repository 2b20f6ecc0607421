/** Words about people: contacts, requests, links, mutes, blocks. */

export const contacts = {
	deletedAccount: "Deleted account",
	deletedHint: "This account was deleted. What it wrote stays, and nobody can write to it any more.",
	noteToSelf: "Note to self",
	writeNote: "Write a note",
	noteToSelfHint: "What you write here only you can see, on all your devices.",
	noneOfLabel: "No friend carries this label any more.",
	link: "Link",
	toChats: "To your conversations",
	muted: "Muted",
	loadFailed: "This part of the page could not be loaded. Check the connection and try again.",
};
