import { expect, test } from "vitest";
import { en } from "../../src/i18n/en";
import { deedOf, keyCaps, type Press, SHORTCUTS } from "../../src/model/shortcuts";

function press(keys: string): Press {
	const parts = keys.split("+");
	return {
		key: parts.at(-1) ?? "",
		ctrlKey: parts.includes("Ctrl"),
		metaKey: parts.includes("Cmd"),
		altKey: parts.includes("Alt"),
		shiftKey: parts.includes("Shift"),
	};
}

test.each([
	["Ctrl+k", "jump"],
	["Ctrl+K", "jump"], // with Caps Lock
	["Cmd+k", "jump"],
	["Ctrl+Shift+K", null],
	["Ctrl+Alt+k", null],
	["k", null],
	["Ctrl+Shift+F", "search"],
	["Ctrl+f", "find"],
	["Alt+ArrowUp", "previous"],
	["Alt+Shift+ArrowDown", "nextUnread"],
	["ArrowUp", null],
	["Ctrl+/", "help"],
	["Ctrl+Shift+/", "help"], // where "/" needs Shift
	["Shift+?", "help"],
	["Escape", null], // told, not obeyed here
] as const)("%s asks for %s", (keys, deed) => {
	expect(deedOf(press(keys), false)).toBe(deed);
});

test("a question mark that is being written is no shortcut, Ctrl+/ is one everywhere", () => {
	expect(deedOf(press("Shift+?"), true)).toBeNull();
	expect(deedOf(press("Ctrl+/"), true)).toBe("help");
});

test("no keys ask for two things, and each of them has a name", () => {
	const obeyed = SHORTCUTS.filter(({ deed }) => deed).flatMap(({ keys }) => keys);
	expect(new Set(obeyed).size).toBe(obeyed.length);
	for (const { deed, told } of SHORTCUTS) expect(en.comfort.deeds[deed ?? told ?? "jump"]).toBeTruthy();
});

test("keys are shown as they are written on the keyboard", () => {
	expect(keyCaps("Mod+Shift+F", false)).toEqual(["Ctrl", "Shift", "F"]);
	expect(keyCaps("Mod+Shift+F", true)).toEqual(["⌘", "⇧", "F"]);
	expect(keyCaps("Alt+ArrowUp", false)).toEqual(["Alt", "↑"]);
});
