/** English: what this browser keeps. */

export const offline = {
	title: "In this browser",
	hint: "Recent conversations are kept here, so that the pages open at once, and without a network too. When you sign out, everything goes.",
	keep: "Keep recent conversations in this browser",
	keepHint: "Turn it off where others use the same browser.",
	used: (size: string) => `About ${size} are kept here, the program itself included.`,
	last: "Ask the browser never to clear it",
	lasting: "The browser does not clear it by itself.",
	notLasting:
		"The browser said no: it may clear it when space runs out. Programs that are installed are asked less often.",
	forget: "Forget what is kept here",
	forgetQuestion:
		"Forget what this browser keeps of your conversations? On the server and on your other devices everything stays.",
	unsent: (count: number) =>
		count === 1
			? "One message of yours is not sent yet; it stays and leaves when there is a connection."
			: `${count} messages of yours are not sent yet; they stay and leave when there is a connection.`,
	forgotten: "Forgotten.",
	signOutAsk: (count: number) =>
		count === 0
			? "Everything has been sent by now. Sign out?"
			: `${count === 1 ? "One message of yours has" : `${count} messages of yours have`} not been sent yet and would be lost. Sign out anyway?`,
	signOutAnyway: "Sign out anyway",
};
