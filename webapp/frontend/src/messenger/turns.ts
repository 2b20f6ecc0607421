/**
 * Run one task of a name at a time; asked again meanwhile, it runs once more afterwards.
 *
 * Tasks ask the server. What fails is dropped here: every reconnect asks for everything again.
 */
export class Turns {
	private readonly busy = new Map<string, "once" | "again">();

	has(name: string): boolean {
		return this.busy.has(name);
	}

	async run(name: string, task: () => Promise<void>): Promise<void> {
		if (this.busy.has(name)) {
			this.busy.set(name, "again");
			return;
		}
		do {
			this.busy.set(name, "once");
			await task().catch(() => undefined);
		} while (this.busy.get(name) === "again");
		this.busy.delete(name);
	}
}
