/** The cards of a conversation: one a name and device, the newest holds. Pure. */

import type { Card } from "../contract/signals";

export function withCard(cards: readonly Card[], card: Card): readonly Card[] {
	const before = cards.find((item) => isSame(item, card));
	if (before && before.at > card.at) return cards;
	if (Object.keys(card.data).length === 0) return cards.filter((item) => !isSame(item, card));
	if (!before) return [...cards, card];
	return cards.map((item) => (item === before ? card : item));
}

/** What the API has; what came live meanwhile is newer. */
export function withCards(cards: readonly Card[], listed: readonly Card[]): readonly Card[] {
	return cards.reduce(withCard, listed);
}

function isSame(a: Card, b: Card): boolean {
	return a.from === b.from && a.name === b.name;
}
