/** A readable name for a browser that gave itself as its user agent. The server keeps 64 characters of it. */

const BROWSERS: readonly (readonly [RegExp, string])[] = [
	[/Edg/, "Edge"],
	[/rv:[\d.]+\) Gecko|Firefox/, "Firefox"],
	[/Chrome/, "Chrome"],
	[/Safari/, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
	[/iPhone/, "iPhone"],
	[/iPad/, "iPad"],
	[/Android/, "Android"],
	[/Windows/, "Windows"],
	[/Mac OS/, "macOS"],
	[/CrOS/, "ChromeOS"],
	[/Linux|X11/, "Linux"],
];

/** "Firefox · Linux", or what is known of it; any other label as it is. */
export function nameBrowser(label: string): string {
	if (!label.startsWith("Mozilla/")) return label;
	return [find(BROWSERS, label), find(SYSTEMS, label)].filter(Boolean).join(" · ");
}

function find(names: readonly (readonly [RegExp, string])[], text: string): string {
	return names.find(([pattern]) => pattern.test(text))?.[1] ?? "";
}
