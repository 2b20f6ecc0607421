/** What the pages say about one's own account: the ways in, the settings, bots and devices. */

export const account = {
	signInByPasskey: "Sign in with a passkey",
	passkeyDismissed: "No passkey was used. Try again, or sign in with your password.",
	passkeyKnown: "This device has a passkey for your account already. Use it, or choose another device.",
	providerFailed:
		"The sign-in did not work out there. Try again; if it stays so, sign in with your password or ask the person who runs this server.",
	badInvitation: "This invitation has ended or was used up. Ask for a new one.",
	tooFast: (wait: string) => `That was too fast. Please wait ${wait} and try again.`,
	seconds: (count: number) => (count === 1 ? "a second" : `${count} seconds`),
	minutes: (count: number) => (count === 1 ? "a minute" : `${count} minutes`),

	sections: {
		profile: "Profile",
		appearance: "Appearance",
		notifications: "Notifications",
		security: "Password and security",
		devices: "My devices",
		bots: "Bots and devices",
		privacy: "Privacy",
		blocked: "Blocked people",
		data: "My data",
	},
	administration: "Administration",
	wrongPassword: "This is not your current password. Please check it and try again.",
	forgot: "Forgot your password?",
	backToSignIn: "Back to sign-in",
	resetDone: "Your new password is set. Sign in with it.",
	orElse: "or",
	signInWith: (label: string) => `Sign in with ${label}`,
	codeTitle: "One more step",
	code: "Code",
	codeHint: "The 6 digits that your app shows now, or one of your recovery codes.",
	next: "Continue",
	closed: "New accounts are made by the people who run this server. Ask them for one.",
	signInFirst: "Sign in to open this link.",
	deleted: "Your account is deleted. Thank you for having been here.",
};
