/** The height of a card and the distance from one card's top to the next one's, in px. The card's class must agree. */
export const cardHeight = 84;
export const cardPitch = 92;

/** Cards drawn beyond what is visible, so that a fast scroll meets no gap. */
const overscan = 4;
/** What the server draws: enough for a tall screen, before any height is known. */
export const firstPaintCards = 9;

/** Which rows of a list stand in the visible stretch: `first` inclusive, `end` exclusive. */
export function visibleRange(scrollTop: number, height: number, count: number): { first: number; end: number } {
	const first = Math.max(0, Math.floor(scrollTop / cardPitch) - overscan);
	const end = Math.min(count, Math.ceil((scrollTop + height) / cardPitch) + overscan);
	return { first: Math.min(first, end), end };
}

/** The gap a pointer at `y` (px from the top of the list's content) points at: 0 before the first card, `count` after the last. */
export function gapAt(y: number, count: number): number {
	return Math.min(count, Math.max(0, Math.round(y / cardPitch)));
}

/** The scroll position nearest to the present one at which the whole card at `index` is visible. */
export function scrollTopShowing(index: number, scrollTop: number, height: number): number {
	const top = index * cardPitch;
	const bottom = top + cardHeight;
	if (top < scrollTop) return top;
	return bottom > scrollTop + height ? bottom - height : scrollTop;
}

/** How fast to scroll, in px per frame, when a dragged card is `distance` px from an edge (negative: beyond it). */
export function edgeSpeed(distance: number, zone = 56, fastest = 18): number {
	if (distance >= zone) return 0;
	return Math.min(fastest, Math.ceil(((zone - distance) / zone) * fastest));
}
