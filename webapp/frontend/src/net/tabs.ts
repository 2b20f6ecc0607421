/**
 * One connection for all tabs of a browser.
 *
 * One tab leads: it holds the lock, connects, and says to the others what it receives; they hand it what they publish.
 * When it closes, the next in the lock's queue leads at once. Browsers may freeze a tab that nobody sees, and a frozen
 * tab keeps its lock: a tab in view that gets no answer takes the lock away. Whatever falls between two leaders is
 * found as after any lost connection: `opened` makes every tab compare its heads and publish again, under the same ids,
 * what has no stamp.
 */

import { statusTopic } from "../contract/topics";
import type { LinkState } from "../model/model";
import type { Clock } from "../platform/platform";
import type { Channel, Tabs } from "../platform/tabs";
import { Connection } from "./connection";
import type { Line, LineHandlers, OpenLine } from "./line";
import type { Dial, Qos } from "./mqtt";

const ANSWER_WITHIN_MS = 3_000;
const ASK_EVERY_MS = 15_000;

/** What tabs say to each other. Tabs of an older build may be open: unknown words are passed over. */
type Word =
	/** Does anybody lead? Answered with `state`. */
	| { readonly type: "hello" }
	/** `opening` names each time at which the connection opened. */
	| { readonly type: "state"; readonly state: LinkState; readonly opening: string }
	| { readonly type: "received"; readonly topic: string; readonly payload: Uint8Array }
	| { readonly type: "publish"; readonly topic: string; readonly payload: string; readonly qos: Qos }
	| { readonly type: "retry" }
	| { readonly type: "tell"; readonly word: string }
	/** Nobody is signed in here any more. */
	| { readonly type: "end" };

export function sharedLine(tabs: Tabs, dial: Dial): OpenLine {
	return (account, askToken, platform, handlers) => {
		const build = (own: Omit<LineHandlers, "told">) => new Connection(account, askToken, dial, platform, own);
		return new SharedLine(account, build, tabs, platform.clock, handlers);
	};
}

class SharedLine implements Line {
	leads = false;
	private readonly name: string;
	private readonly connection: Connection;
	private channel: Channel | null = null;
	private state: LinkState = "connecting";
	private opening = "";
	private openings = 0;
	private withdraw: () => void = () => undefined;
	private stopAsking: () => void = () => undefined;
	/** Set while an answer of the leader is due. */
	private stopWaiting: (() => void) | null = null;

	constructor(
		private readonly account: string,
		build: (own: Omit<LineHandlers, "told">) => Connection,
		private readonly tabs: Tabs,
		private readonly clock: Clock,
		private readonly handlers: LineHandlers,
	) {
		this.name = `hongyan.line.${account}`;
		this.connection = build({
			opened: () => this.opened(),
			received: (topic, payload) => this.received(topic, payload),
			changed: (state) => this.changed(state),
			signedOut: () => this.signedOut(),
		});
	}

	get clientId(): string {
		return this.connection.clientId;
	}

	start(): void {
		this.channel = this.tabs.join(this.name, (word) => this.hear(word as Word));
		this.handlers.changed(this.state);
		this.queue(false);
		this.keepAsking();
	}

	retryNow(): void {
		this.connection.retryNow(); // does nothing in a tab that follows
		if (this.leads) return;
		this.say({ type: "retry" });
		this.ask();
	}

	suspect(): void {
		if (this.leads) this.connection.suspect();
	}

	publish(topic: string, payload: string, qos: Qos): boolean {
		if (this.leads) return this.connection.publish(topic, payload, qos);
		if (this.state !== "online") return false;
		this.say({ type: "publish", topic, payload, qos });
		this.ask();
		return true;
	}

	tell(word: string): void {
		this.say({ type: "tell", word });
	}

	stop(): void {
		this.channel?.close();
		this.channel = null;
		this.leads = false;
		this.answered();
		this.stopAsking();
		this.connection.stop();
		this.withdraw(); // last, so that no other tab has a connection beside ours
	}

	end(): void {
		this.say({ type: "end" });
		this.stop();
	}

	private queue(steal: boolean): void {
		this.withdraw();
		this.withdraw = this.tabs.compete(
			this.name,
			steal,
			() => this.lead(),
			() => this.follow(),
		);
	}

	private lead(): void {
		this.leads = true;
		this.answered();
		this.connection.start();
	}

	/** Another tab took the lock, for we did not answer: we may have been frozen for hours. */
	private follow(): void {
		this.leads = false;
		this.connection.publish(statusTopic(this.account, this.clientId), '{"state":"offline"}', 1);
		this.connection.stop();
		this.note("connecting", this.opening);
		this.queue(false);
		this.ask();
	}

	private keepAsking(): void {
		this.ask();
		this.stopAsking = this.clock.after(ASK_EVERY_MS, () => this.keepAsking());
	}

	/** Only a tab in view cares: the timers of others are slow, and nobody waits for them. */
	private ask(): void {
		if (this.leads || this.stopWaiting !== null) return;
		if (this.tabs.isVisible()) this.stopWaiting = this.clock.after(ANSWER_WITHIN_MS, () => this.seize());
		this.say({ type: "hello" });
	}

	private seize(): void {
		this.stopWaiting = null;
		if (this.tabs.isVisible()) this.queue(true);
	}

	private answered(): void {
		this.stopWaiting?.();
		this.stopWaiting = null;
	}

	private say(word: Word): void {
		this.channel?.post(word);
	}

	private announce(): void {
		this.say({ type: "state", state: this.state, opening: this.opening });
	}

	private hear(word: Word): void {
		if (word.type === "tell") this.handlers.told(word.word);
		else if (word.type === "end") this.leave();
		else if (this.leads) this.serve(word);
		else this.heed(word);
	}

	/** We lead, and another tab wants something. */
	private serve(word: Word): void {
		if (word.type === "hello") this.announce();
		else if (word.type === "publish") this.connection.publish(word.topic, word.payload, word.qos);
		else if (word.type === "retry") this.connection.retryNow();
	}

	/** Another tab leads. */
	private heed(word: Word): void {
		if (word.type !== "state" && word.type !== "received") return;
		this.answered();
		if (word.type === "received") this.handlers.received(word.topic, word.payload);
		else this.note(word.state, word.opening);
	}

	private note(state: LinkState, opening: string): void {
		const changed = state !== this.state;
		const opened = state === "online" && opening !== this.opening;
		this.state = state;
		this.opening = opening;
		if (changed) this.handlers.changed(state);
		if (opened) this.handlers.opened();
	}

	private changed(state: LinkState): void {
		if (state === "online") return; // `opened` follows at once
		this.note(state, this.opening);
		this.announce();
	}

	private opened(): void {
		this.openings += 1;
		const opening = `${this.clientId} ${this.openings}`;
		this.say({ type: "state", state: "online", opening });
		this.note("online", opening);
	}

	private received(topic: string, payload: Uint8Array): void {
		this.say({ type: "received", topic, payload });
		this.handlers.received(topic, payload);
	}

	private signedOut(): void {
		this.say({ type: "end" });
		this.leave();
	}

	private leave(): void {
		this.stop();
		this.handlers.signedOut();
	}
}
