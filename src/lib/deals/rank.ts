import { generateKeyBetween } from 'fractional-indexing';

/** A card as far as its place matters. Ranks are keys of fractional-indexing: the database refuses any other text. */
export type Placed = { rank: string };

/**
 * The rank that puts a card at position `index` among `cards` (in order, the moved card left out). `after` is the rank that follows the last of
 * them where more cards exist than are loaded.
 *
 * Two cards may share a rank: two people dropped into the same gap at once, and ids decide their order. Nothing fits between them, so the next
 * greater rank below is taken and the card lands after those that share one, which is better than a refused move.
 */
export function rankAt(cards: readonly Placed[], index: number, after: string | null = null): string {
	const lower = cards[index - 1]?.rank ?? null;
	const following = cards.slice(index).map((card) => card.rank);
	if (after !== null) following.push(after);
	const upper = following.find((rank) => lower === null || rank > lower) ?? null;
	return generateKeyBetween(lower, upper);
}
