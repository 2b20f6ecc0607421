import { expect, test } from "vitest";
import cases from "../../../../tests/contract/envelope.json";
import { parseHead } from "../../src/contract/api";
import { parseFriend, parseFriendRequests } from "../../src/contract/contacts";
import { parseMessage } from "../../src/contract/envelope";
import { parseGroupDetail } from "../../src/contract/groups";
import { parsePinned } from "../../src/contract/history";
import {
	groupDetailToWire,
	headToWire,
	messageToWire,
	pinToWire,
	requestsToWire,
	toWire,
} from "../../src/contract/wire";

interface Stamped {
	readonly name: string;
	readonly message: Record<string, unknown>;
}

const HELLO = { id: "m1", kind: "text", body: "hi", from: "bob", to: "user/ann", seq: 1, at: 5 };

test.each(cases.stamped as unknown as Stamped[])("a message reads the same after it was kept: $name", ({ message }) => {
	const parsed = parseMessage({ id: "m1", from: "bob", to: "group/lab", seq: 3, at: 5, ...message });
	expect(parseMessage(JSON.parse(JSON.stringify(messageToWire(parsed))))).toEqual(parsed);
});

test("a head reads the same", () => {
	const head = parseHead({
		key: "user/bob",
		title: "Bob",
		deleted: true,
		last_seq: 3,
		read_seq: 2,
		unread: 1,
		muted_until: 9,
		last_message: HELLO,
		draft: { body: "well", reply: 1 },
		mentions: 1,
		disappear_s: 60,
		retention_days: 7,
		marks: ["pinned", "unread"],
	});
	expect(parseHead(headToWire(head))).toEqual(head);
});

test("a friend, and a request to a bot of ours, read the same", () => {
	const friend = parseFriend({
		username: "bob",
		display_name: "Bob",
		picture: "v1",
		kind: "bot",
		remark: "Bobby",
		labels: ["work"],
		starred: true,
		presence: { state: "away", text: "lunch", last_seen: 7 },
	});
	expect(parseFriend(toWire(friend))).toEqual(friend);
	const asked = { id: 1, display_name: "Eve", text: "please", created_at: 1, expires_at: 2 };
	const requests = parseFriendRequests({
		incoming: [{ ...asked, from: "eve", to: "helper" }],
		outgoing: [{ ...asked, to: "dan" }],
	});
	expect(parseFriendRequests(requestsToWire(requests))).toEqual(requests);
});

test("a group with its members and a pinned message read the same", () => {
	const detail = parseGroupDetail({
		name: "lab",
		title: "The lab",
		kind: "group",
		owner: "ann",
		role: "owner",
		member_count: 1,
		invites: "members",
		joins: "open",
		history: "all",
		writers: "admins",
		muted_until: 4,
		announcement: { text: "hello", at: 1, by: "ann", read_count: 2 },
		my_nickname: "A",
		my_muted_until: 8,
		members: [{ username: "ann", display_name: "Ann", nickname: "A", role: "owner", muted_until: null }],
		next: 50,
	});
	expect(parseGroupDetail(groupDetailToWire(detail))).toEqual(detail);
	const pin = parsePinned({ message: HELLO, by: "ann", at: 9 });
	expect(parsePinned(pinToWire(pin))).toEqual(pin);
});
