/** Every shortcut of the pages: the same table is obeyed and shown. Pure. */

export type Deed =
	| "jump"
	| "search"
	| "find"
	| "help"
	| "settings"
	| "previous"
	| "next"
	| "previousUnread"
	| "nextUnread";
/** What is obeyed where it happens (a list, the composer), and here only told. */
export type Told =
	| "escape"
	| "move"
	| "ends"
	| "menu"
	| "send"
	| "line"
	| "edit"
	| "bold"
	| "italic"
	| "code"
	| "leave";
export type ShortcutSection = "anywhere" | "talk" | "list" | "writing";

/** `Mod` is Ctrl, on a Mac Cmd. A letter stands for its key, whatever Shift makes of it. */
export interface Shortcut {
	readonly section: ShortcutSection;
	readonly keys: readonly string[];
	readonly deed?: Deed;
	readonly told?: Told;
}

export const SHORTCUTS: readonly Shortcut[] = [
	{ section: "anywhere", deed: "jump", keys: ["Mod+K"] },
	{ section: "anywhere", deed: "search", keys: ["Mod+Shift+F"] },
	{ section: "anywhere", deed: "previous", keys: ["Alt+ArrowUp"] },
	{ section: "anywhere", deed: "next", keys: ["Alt+ArrowDown"] },
	{ section: "anywhere", deed: "previousUnread", keys: ["Alt+Shift+ArrowUp"] },
	{ section: "anywhere", deed: "nextUnread", keys: ["Alt+Shift+ArrowDown"] },
	{ section: "anywhere", deed: "settings", keys: ["Mod+,"] },
	{ section: "anywhere", deed: "help", keys: ["Mod+/", "?"] },
	{ section: "talk", deed: "find", keys: ["Mod+F"] },
	{ section: "talk", told: "escape", keys: ["Escape"] },
	{ section: "list", told: "move", keys: ["ArrowUp", "ArrowDown"] },
	{ section: "list", told: "ends", keys: ["Home", "End"] },
	{ section: "list", told: "menu", keys: ["Shift+F10"] },
	{ section: "writing", told: "send", keys: ["Enter"] },
	{ section: "writing", told: "line", keys: ["Shift+Enter"] },
	{ section: "writing", told: "edit", keys: ["ArrowUp"] },
	{ section: "writing", told: "bold", keys: ["Mod+B"] },
	{ section: "writing", told: "italic", keys: ["Mod+I"] },
	{ section: "writing", told: "code", keys: ["Mod+E"] },
	{ section: "writing", told: "leave", keys: ["Escape"] },
];

export interface Press {
	readonly key: string;
	readonly ctrlKey: boolean;
	readonly metaKey: boolean;
	readonly altKey: boolean;
	readonly shiftKey: boolean;
}

/** What a press asks for. `typing`: a plain sign is meant for the text that is being written. */
export function deedOf(press: Press, typing: boolean): Deed | null {
	const fits = ({ deed, keys }: Shortcut) => deed !== undefined && keys.some((one) => isPressed(one, press, typing));
	return SHORTCUTS.find(fits)?.deed ?? null;
}

function isPressed(keys: string, { key, ctrlKey, metaKey, altKey, shiftKey }: Press, typing: boolean): boolean {
	const parts = keys.split("+");
	const wanted = parts.at(-1) ?? "";
	const mod = parts.includes("Mod");
	// Which keys make a sign is the keyboard's affair: on many, "/" and "?" need Shift.
	const sign = wanted.length === 1 && !/[A-Z]/.test(wanted);
	if (key.toLowerCase() !== wanted.toLowerCase() || (sign && !mod && typing)) return false;
	if (mod !== (ctrlKey || metaKey) || parts.includes("Alt") !== altKey) return false;
	return sign || parts.includes("Shift") === shiftKey;
}

const SIGNS: Readonly<Record<string, string>> = { ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
const MAC: Readonly<Record<string, string>> = { Mod: "⌘", Alt: "⌥", Shift: "⇧" };

/** The keys of one way to press it, as they are written on the keyboard. */
export function keyCaps(keys: string, mac: boolean): readonly string[] {
	const words = mac ? MAC : { Mod: "Ctrl" };
	return keys.split("+").map((key) => SIGNS[key] ?? (words as Readonly<Record<string, string>>)[key] ?? key);
}
