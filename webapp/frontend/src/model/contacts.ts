/** The list of friends as a person orders it: by labels and stars. Pure. */

import type { Friend } from "../contract/contacts";

export const MAX_LABEL_CHARS = 32;
export const MAX_LABELS = 20; // on one friend
const DAY_MS = 86_400_000;

export interface LabelCount {
	readonly label: string;
	readonly count: number;
}

/** All labels by name, each with the number of friends who carry it. */
export function countLabels(friends: readonly Friend[]): LabelCount[] {
	const counts = new Map<string, number>();
	for (const { labels } of friends) for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
	return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => a.label.localeCompare(b.label));
}

/** Those of a label (all without one), starred first, then by the name that is shown. */
export function arrangeFriends(friends: readonly Friend[], label: string): Friend[] {
	const fits = friends.filter(({ labels }) => !label || labels.includes(label));
	return fits.sort((a, b) => Number(b.starred) - Number(a.starred) || shownName(a).localeCompare(shownName(b)));
}

export function shownName({ remark, displayName }: Pick<Friend, "remark" | "displayName">): string {
	return remark || displayName;
}

/** The labels with one more; unchanged when it is empty or there already. */
export function withLabel(labels: readonly string[], typed: string): readonly string[] {
	const label = typed.trim().slice(0, MAX_LABEL_CHARS);
	return label && !labels.includes(label) ? [...labels, label] : labels;
}

/** How many days are left, rounded up; 0 when the time has come. */
export function daysLeft(expiresAtMs: number, nowMs: number): number {
	return Math.max(0, Math.ceil((expiresAtMs - nowMs) / DAY_MS));
}

/** The code in a link of ours that somebody pasted; null for any other text. */
export function findLinkCode(text: string): string | null {
	return /#\/join\/([A-Za-z0-9._-]+)\s*$/.exec(text)?.[1] ?? null;
}
