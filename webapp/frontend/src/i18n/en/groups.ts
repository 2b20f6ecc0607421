/** Words about groups and channels, and the lines that say what changed in them. */

export const groups = {
	newTitle: "New group or channel",
	subscribers: (count: number) => (count === 1 ? "1 reader" : `${count} readers`),
	requests: "Requests to join",
	// why one may not write
	closed: {
		muted: "You are muted here, until an admin undoes it. You can still read.",
		mutedAll: "Only admins may write at the moment, until they undo it.",
		channel: "This is a channel: its admins write, you read.",
		adminsOnly: "Only the owner and the admins write here.",
	},
	closedUntil: {
		muted: (when: string) => `You are muted here until ${when}. You can still read.`,
		mutedAll: (when: string) => `Only admins may write here until ${when}.`,
	},
	toasts: { join_request: (title: string) => `Somebody asks to join “${title}”` },
	// what changed: `by` did it, `who` it is about
	listJoin: ", ",
	events: {
		created: (by: string) => `${by} made this conversation`,
		joined: (by: string, who: string) => `${by} added ${who}`,
		joinedSelf: (by: string) => `${by} joined`,
		left: (by: string) => `${by} left`,
		removed: (by: string, who: string) => `${by} removed ${who}`,
		banned: (by: string, who: string) => `${by} banned ${who}`,
		unbanned: (by: string, who: string) => `${by} lifted the ban on ${who}`,
		admin: (by: string, who: string) => `${by} made ${who} an admin`,
		member: (by: string, who: string) => `${by} took ${who}'s admin rights back`,
		owner: (by: string, who: string) => `${by} made ${who} the owner`,
		muted: (by: string, who: string) => `${by} muted ${who}`,
		mutedUntil: (by: string, who: string, when: string) => `${by} muted ${who} until ${when}`,
		unmuted: (by: string, who: string) => `${by} let ${who} speak again`,
		mutedAll: (by: string) => `${by} muted everybody but the admins`,
		mutedAllUntil: (by: string, when: string) => `${by} muted everybody but the admins until ${when}`,
		unmutedAll: (by: string) => `${by} let everybody speak again`,
		title: (by: string, title: string) => `${by} changed the title to “${title}”`,
		picture: (by: string) => `${by} changed the picture`,
		announcement: (by: string, text: string) => `${by} announced: ${text}`,
		noAnnouncement: (by: string) => `${by} took the announcement down`,
		settings: (by: string) => `${by} changed the settings`,
		nickname: (by: string, nickname: string) => `${by} is called “${nickname}” here`,
		nicknameOf: (by: string, who: string, nickname: string) => `${by} gave ${who} the nickname “${nickname}”`,
		noNickname: (by: string) => `${by} took a nickname back`,
		dissolved: (by: string) => `${by} dissolved this conversation`,
	},
};
