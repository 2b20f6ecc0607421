/** The room that the browser gives us for what is kept, and whether it may clear it by itself. */

export interface Room {
	/** About how many bytes are used; null: it does not tell. */
	readonly used: number | null;
	/** Whether it stays until the person clears it; null: it cannot be asked for here. */
	readonly lasting: boolean | null;
}

/** Plain http has no such thing, and some browsers only a part of it. */
function manager(): Partial<StorageManager> {
	return navigator.storage ?? {};
}

export async function measureRoom(): Promise<Room> {
	const storage = manager();
	const estimate = await storage.estimate?.().catch(() => undefined);
	const lasting = await storage.persisted?.().catch(() => null);
	return { used: estimate?.usage ?? null, lasting: lasting ?? null };
}

/** May ask the person, so only after a click, or once the pages are installed as a program. */
export async function askToLast(): Promise<boolean> {
	return (
		(await manager()
			.persist?.()
			.catch(() => false)) ?? false
	);
}

/** Who installs a program expects it to remember. */
export async function lastIfInstalled(): Promise<void> {
	if (matchMedia("(display-mode: standalone)").matches && (await measureRoom()).lasting === false) await askToLast();
}
