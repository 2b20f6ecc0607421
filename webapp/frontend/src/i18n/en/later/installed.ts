/** What the pages say about themselves as an installed app. */

export const installed = {
	newVersion: "A new version is here.",
	reload: "Reload",

	installTitle: "Install Hongyan",
	installHint: "It gets an icon and a window of its own, opens without a network, and takes what other apps share.",
	install: "Install",
	installOnIos: "In Safari, tap Share, then “Add to Home Screen”.",

	shareHint: "It waits in the conversation until you send it.",
	shareSearch: "Search conversations and people",
	shareFiles: (count: number) => (count === 1 ? "1 file" : `${count} files`),
	shareNobody: "No conversation of that name.",
	shareDiscard: "Do not send it",
	shareNothing: "Nothing to send has arrived.",
	shareNothingHint:
		"Hongyan must have been open in this browser once before it can take what other apps share. It is now: please share once more.",
};
