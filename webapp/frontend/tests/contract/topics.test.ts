import { expect, test } from "vitest";
import cases from "../../../../tests/contract/topics.json";
import {
	type ConversationKey,
	ownFilters,
	parseDelivery,
	readTopic,
	sendTopic,
	signalTopic,
	statusTopic,
} from "../../src/contract/topics";

const valid = cases.deliveries.filter((item) => item.valid);
const invalid = cases.deliveries.filter((item) => !item.valid);

test.each(valid)("$topic is delivered to $account", ({ topic, account, branch, conversation, tail }) => {
	const wanted = { account, branch, ...(conversation && { conversation }), ...(branch === "live" && { tail }) };
	expect(parseDelivery(topic)).toEqual(wanted);
});

test.each(invalid)("$topic is no topic to receive from", ({ topic }) => {
	expect(() => parseDelivery(topic)).toThrow();
});

const builders: Record<string, (account: string, rest: string) => string> = {
	send: (account, rest) => sendTopic(account, rest as ConversationKey),
	read: (account, rest) => readTopic(account, rest as ConversationKey),
	signal: (account, rest) => signalTopic(account, rest as ConversationKey),
	status: statusTopic,
};

test.each(cases.build.filter((item) => item.what in builders))("we build $topic", (item) => {
	const rest = item.conversation ?? item.device ?? "";
	expect(builders[item.what]?.(item.account ?? "", rest)).toBe(item.topic);
});

test("a full client subscribes its own four branches", () => {
	const filters = cases.build.find((item) => item.what === "filters");
	expect(ownFilters("ann")).toEqual(filters?.topics);
});

test("the client identifier of the longest name is a device as it stands", () => {
	const account = "abcdefghijklmnopqrstuvwxyz012345";
	const topic = statusTopic(account, `${account}-0123456789abcdef0123456789abcdef`);
	expect(topic).toBe(`im/${account}/status/abcdefghijklmnopqrstuvwxyz012345-0123456789abcdef0123456789abcdef`);
});
