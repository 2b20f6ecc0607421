/** Notifications, and the status that others see. */

export const notify = {
	offer: "Shall this browser tell you when somebody writes?",
	offerHint: "Also while this page is closed. You can change it in the settings at any time.",
	turnOn: "Turn on",
	notNow: "Not now",
	here: "Notifications in this browser",
	hereOn: "You are told of new messages, also while no page is open.",
	herePage: "You are told of new messages while a page of this site is open somewhere in this browser.",
	hereOff: "Nothing is shown while you look elsewhere.",
	denied:
		"This browser blocks notifications of this site. Press the sign to the left of the address, allow notifications, and load the page again.",
	insecure:
		"Browsers allow notifications on secure pages only. Ask the person who runs this server to offer it under https://.",
	installFirst:
		"On this phone, notifications come to installed pages: press “Share”, then “Add to Home Screen”, and open it from there.",
	unsupported: "This browser knows no notifications. Another one, or a newer version, may.",
	serverOff: "This server sends nothing to closed pages. Open ones still tell you.",
	noPush: "This browser takes no messages while all pages are closed. Keep one open, or try another browser.",
	test: "Try it",
	tested: "On its way: it should appear in a moment.",
	words: "Show what was said",
	wordsHint: "Otherwise only who wrote, and where. Holds for all your browsers.",
	message: "New message",
	sound: "A soft sound",
	soundHint: "In this browser, for messages that you do not see just now.",
	listen: "Listen",
	others: "Other browsers that are told",
	noOthers: "None. Each browser is turned on in itself.",
	since: (when: string) => `since ${when}`,
	stop: "Turn off",
	statusText: "A few words",
	statusTextHint: "For your friends, beside your name: “in a meeting”, “back on Monday”.",
	awayHint: "After ten minutes without a key or a click you are shown as away.",
};
