/** What is typed after the jump list was asked for and before it is there: nobody waits for a box to write into. */

export class EarlyKeys {
	private words = "";
	private entered = false;
	private readonly catching = new AbortController();

	/** `leave`: who changed their mind meanwhile. */
	constructor(private readonly leave: () => void) {
		const { signal } = this.catching;
		addEventListener("keydown", (event) => this.note(event), { capture: true, signal });
	}

	/** What was typed, and whether Enter was pressed; from now on the keys are the list's. */
	take(): { readonly words: string; readonly entered: boolean } {
		this.end();
		return { words: this.words, entered: this.entered };
	}

	end(): void {
		this.catching.abort();
	}

	private note(event: KeyboardEvent): void {
		const { key, isComposing, ctrlKey, altKey, metaKey } = event;
		if (isComposing || ctrlKey || altKey || metaKey) return;
		if (key.length === 1) this.words += key;
		else if (key === "Backspace") this.words = this.words.slice(0, -1);
		else if (key === "Enter") this.entered = true;
		else if (key === "Escape") this.leave();
		else return;
		event.preventDefault();
		event.stopPropagation();
	}
}
