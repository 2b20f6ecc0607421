/**
 * Send what waits in the outbox while no page is open: Background Sync, asked for by a page that could not.
 *
 * Messages keep their ids, and the exchange stores an id once, so a page that comes meanwhile doubles nothing.
 */

import type { MqttToken } from "../contract/api";
import { Malformed } from "../contract/decode";
import { encodeDraft } from "../contract/drafts";
import { parseMessage, parsePayload } from "../contract/envelope";
import { parseNotice } from "../contract/notices";
import { parseDelivery, sendTopic } from "../contract/topics";
import { parseWaiting, type Waiting } from "../model/outbox";
import { ApiError } from "../net/api";
import type { Dial } from "../net/mqtt";
import type { Clock, Keep } from "../platform/platform";

export interface Tools {
	/** Who is signed in; throws `ApiError` 401 where nobody is. */
	readonly me: () => Promise<{ readonly username: string }>;
	readonly token: () => Promise<MqttToken>;
	readonly dial: Dial;
	/** Oldest first. */
	readonly waiting: (account: string) => Promise<readonly Waiting[]>;
	readonly remove: (account: string, id: string) => Promise<unknown>;
	/** Run unless a page holds the account's connection; false: it does, and sends by itself while it lasts. */
	readonly alone: (account: string, run: () => Promise<void>) => Promise<boolean>;
	readonly sent: (id: string) => Promise<void>;
	readonly clock: Clock;
	readonly hex: () => string;
}

const PATIENCE_MS = 20_000; // browsers stop a worker that takes minutes

/** Throws what keeps it from sending; the browser calls again later, and less and less often. */
export async function sendOutbox(tools: Tools): Promise<void> {
	const account = await whoWaits(tools);
	if (account === null || (await tools.alone(account, () => sendAll(tools, account)))) return;
	throw new Error("a page has the connection, and may be closed before it has sent");
}

/** Somebody who is signed in and has something to send. */
async function whoWaits({ me, waiting }: Tools): Promise<string | null> {
	try {
		const { username } = await me();
		return (await waiting(username)).length > 0 ? username : null;
	} catch (error) {
		if (error instanceof ApiError && error.status === 401) return null; // it waits for the next sign-in
		throw error;
	}
}

/** What a page kept, oldest first. What cannot be read is left to the pages to throw away. */
export async function readWaiting(keep: Keep, account: string): Promise<readonly Waiting[]> {
	const kept = [...(await keep.readAll(account, "outbox")).values()];
	return kept.flatMap(parsed).sort((one, other) => one.at - other.at);
}

function parsed(value: unknown): Waiting[] {
	try {
		return [parseWaiting(value)];
	} catch (error) {
		if (!(error instanceof Malformed)) throw error;
		return [];
	}
}

async function sendAll(tools: Tools, account: string): Promise<void> {
	const all = await tools.waiting(account); // again: a page may have sent until now
	const token = await tools.token();
	if (all.length === 0 || token.username !== account) return;
	const open = new Map(all.map((waiting) => [waiting.id, waiting]));
	await converse(tools, token, open, async (id) => {
		await tools.remove(account, id);
		await tools.sent(id);
	});
	if (open.size > 0) throw new Error(`${open.size} of ${all.length} messages have no answer yet`);
}

/** Publish all that is open, and take out what was answered. A refused one stays kept: a page will tell the person. */
async function converse(
	{ dial, clock, hex }: Tools,
	token: MqttToken,
	open: Map<string, Waiting>,
	stamped: (id: string) => Promise<void>,
): Promise<void> {
	const { username } = token;
	const opened = new Signal();
	const over = new Signal();
	const kept: Promise<void>[] = [];
	const cancel = clock.after(PATIENCE_MS, over.give);
	const received = (topic: string, payload: Uint8Array) => {
		const { id, taken } = readAnswer(topic, payload, username);
		if (!open.delete(id)) return;
		if (taken) kept.push(stamped(id));
		if (open.size === 0) over.give();
	};
	const link = await dial(token, `${username}-${hex()}`, { opened: opened.give, closed: over.give, received });
	await Promise.race([opened.given, over.given]);
	for (const { key, id, draft } of open.values()) link.publish(sendTopic(username, key), encodeDraft(id, draft), 1);
	await over.given;
	cancel();
	link.close();
	await Promise.all(kept);
}

/** Something that happens once. */
class Signal {
	give: () => void = () => undefined;
	readonly given = new Promise<void>((resolve) => {
		this.give = resolve;
	});
}

/** Which message of ours got its stamp (`taken`) or was refused; "" for anything else. */
function readAnswer(topic: string, payload: Uint8Array, account: string): { id: string; taken: boolean } {
	try {
		const { branch } = parseDelivery(topic);
		const value = parsePayload(payload);
		if (branch === "notice") return { id: refusedId(value), taken: false };
		const { from, id } = branch === "sent" ? parseMessage(value) : { from: "", id: "" };
		return { id: from === account ? id : "", taken: true };
	} catch (error) {
		if (!(error instanceof Malformed)) throw error;
		return { id: "", taken: false }; // what we cannot read is nothing to us
	}
}

function refusedId(value: unknown): string {
	const notice = parseNotice(value);
	return (notice.type !== "changed" && notice.id) || "";
}
