/** The time for what is shown until an hour strikes: mutes and silences end without anybody telling. */

import type { Clock } from "../platform/platform";

const EVERY_MS = 15_000;

export class Now {
	at = $state(0);

	constructor(private readonly clock: Clock) {
		this.at = clock.now();
	}

	/** Keep the time while a component is there; give its answer to `$effect`. */
	run(): () => void {
		let cancel = () => {};
		const tick = () => {
			this.at = this.clock.now();
			cancel = this.clock.after(EVERY_MS, tick);
		};
		tick();
		return () => cancel();
	}
}
