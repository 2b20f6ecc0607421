/** What the browser lets a page put on the clipboard. */

/** False where it does not. On a plain http address there is only the old way, by way of a selection. */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copyBySelection(text);
	}
}

function copyBySelection(text: string): boolean {
	const area = document.createElement("textarea");
	const focused = document.activeElement;
	area.value = text;
	area.className = "sr-only";
	document.body.append(area);
	area.select();
	const done = document.execCommand("copy");
	area.remove();
	if (focused instanceof HTMLElement) focused.focus();
	return done;
}
