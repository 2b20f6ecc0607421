/** The browser's offer to install the pages, kept until the person asks for it. */

/** An event that only some browsers have. */
interface InstallEvent extends Event {
	prompt(): Promise<unknown>;
}

/** `ask`: the browser would; `ios`: the person can, by the menu of Safari; null: installed already, or not possible. */
export type Offer = "ask" | "ios" | null;

let kept: InstallEvent | null = null;
const listeners = new Set<(offer: Offer) => void>();

/** Called at the start: the browser offers once, and early. */
export function keepInstallOffer(): void {
	addEventListener("beforeinstallprompt", (event) => {
		event.preventDefault(); // a banner of its own would stand over the conversations
		change(event as InstallEvent);
	});
	addEventListener("appinstalled", () => change(null));
}

function change(event: InstallEvent | null): void {
	kept = event;
	for (const listener of listeners) listener(offered());
}

function offered(): Offer {
	if (kept) return "ask";
	return "standalone" in navigator && navigator.standalone === false ? "ios" : null; // a word of Apple's
}

/** A store: whether installing can be offered. */
export const installOffer = {
	subscribe(listener: (offer: Offer) => void): () => void {
		listeners.add(listener);
		listener(offered());
		return () => listeners.delete(listener);
	},
};

/** Have the browser ask. It asks once for each offer. */
export async function install(): Promise<void> {
	const event = kept;
	change(null);
	await event?.prompt();
}
