/** What is said by the parts that are loaded when somebody comes to them. */

import { account } from "./account";
import { admin } from "./admin";
import { comfort } from "./comfort";
import { composer } from "./composer";
import { contacts } from "./contacts";
import { craft } from "./craft";
import { groups } from "./groups";
import { installed } from "./installed";
import { messages } from "./messages";
import { notify } from "./notify";
import { offline } from "./offline";
import { refusals } from "./refusals";

export const later = {
	account,
	admin,
	comfort,
	composer,
	contacts,
	craft,
	groups,
	installed,
	talk: messages,
	notify,
	offline,
	errors: refusals,
	signOut: "Sign out",
	usernameHint: "2 to 32 of a–z, 0–9, _ and -. It cannot be changed later.",
	displayName: "Display name",
	displayNameHint: "What others see. Optional.",
	passwordHint: "At least 8 characters.",
	haveAccount: "Already have an account?",
	cancel: "Cancel",
	remove: "Remove",
	copy: "Copy",
	copied: "Copied",
	memberList: "Members",
	add: "Add",
	noFriendsToAdd: "All of your friends are members already.",
	leaveGroup: "Leave group",
	leaveGroupAsk: (title: string) => `Leave “${title}”? Its messages will no longer be shown to you.`,
	removeMemberAsk: (name: string) => `Remove ${name} from the group?`,
	groupName: "Name in addresses",
	groupNameHint: "2 to 32 of a–z, 0–9, _ and -: devices post to it under this name.",
	groupTitle: "Title",
	create: "Create",
	role: { owner: "owner", admin: "admin", member: "member" },
	status: "Your status",
	statuses: { online: "Online", away: "Away", busy: "Busy", invisible: "Invisible", offline: "Offline" },
	searchPeople: "Search by name",
	nobodyFound: "Nobody of that name.",
	addFriend: "Add friend",
	requestText: "A few words (optional)",
	sendRequest: "Send request",
	requestSent: "Request sent",
	requests: "Friend requests",
	waitingFor: "Waiting for an answer",
	accept: "Accept",
	decline: "Decline",
	friends: "Friends",
	noFriends: "No friends yet. Search above to find people.",
	message: "Message",
	unfriend: "Remove friend",
	unfriendAsk: (name: string) => `Remove ${name} from your friends? You will no longer be able to write to each other.`,
	block: "Block",
	blockAsk: (name: string) => `Block ${name}? Nothing they send will reach you.`,
	unblock: "Unblock",
	blocked: "Blocked",
	changePassword: "Change password",
	oldPassword: "Current password",
	newPassword: "New password",
	passwordChanged: "Your password is changed. Other browsers and devices have been signed out.",
	devicesHint: "A token lets a program or a device speak as you, without your password.",
	deviceLabel: "What is it for?",
	deviceLabelExample: "kitchen thermometer",
	createToken: "Create a token",
	token: "Token",
	mqttPassword: "MQTT password",
	tryIt: "Try it: this sends a message to a friend",
	noTokens: "No tokens yet.",
	revoke: "Delete",
	revokeAsk: (label: string) => `Delete the token “${label}”? What uses it is disconnected at once.`,
	lastUsed: (when: string) => `last used ${when}`,
	neverUsed: "never used",
};
