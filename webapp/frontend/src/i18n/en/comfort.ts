/** Words about looks, the jump list, the keyboard and the list of conversations. */

export const comfort = {
	toLight: "Turn the lights on",
	toDark: "Turn the lights off",
	jump: "Jump to…",
	filters: "Which conversations",
	filter: { all: "All", unread: "Unread", people: "People", groups: "Groups", archived: "Archived" },
	noneInFilter: {
		all: "No conversations yet.",
		unread: "All read.",
		people: "No conversations with people yet.",
		groups: "No groups yet.",
		archived: "Nothing is archived.",
	},
	showAll: "Show all",
	menuOf: (title: string) => `Menu of ${title}`,
	pinned: "Pinned",
	markedUnread: "Marked as unread",
	loadingChats: "Loading conversations…",
	share: "Send to…",
	lost: "Nothing here",
	lostTitle: "There is nothing at this address.",
	lostHint: "The link may be old or cut off. Your conversations are all here.",
	brokenTitle: "This part of the page broke.",
	brokenHint: "Nothing is lost: what you sent and what you were writing is kept. Try it again; if it stays, reload.",
	widthOfList: "Width of the list",
	reload: "Reload the page",
};
