import type { Place } from './board.svelte';
import { cardPitch, edgeSpeed, gapAt } from './windowing';

/** A point of the viewport, px. */
export type Point = { x: number; y: number };

/** The list of a column: the element that scrolls, marked `data-cards`, inside the one marked `data-stage`. */
function listOf(column: Element): HTMLElement | null {
	return column.querySelector<HTMLElement>('[data-cards]');
}

/** The column under the x, or the nearest one: the gaps between columns and beside them belong to somebody. */
function columnAt(board: Element, x: number): HTMLElement | null {
	let nearest: HTMLElement | null = null;
	let least = Infinity;
	for (const column of board.querySelectorAll<HTMLElement>('[data-stage]')) {
		const { left, right } = column.getBoundingClientRect();
		const away = Math.max(left - x, x - right, 0);
		if (away < least) [nearest, least] = [column, away];
	}
	return nearest;
}

/** The place a card carried to the point would fall on, or null outside the board. The card itself does not count. */
export function placeUnder(board: Element, { x, y }: Point, carried: string | null): Place | null {
	const frame = board.getBoundingClientRect();
	if (x < frame.left || x > frame.right || y < frame.top || y > frame.bottom) return null;
	const column = columnAt(board, x);
	const list = column && listOf(column);
	const stage = column?.dataset['stage'];
	if (!list || !stage) return null;
	const count = Number(list.dataset['cards']);
	const gap = gapAt(y - list.getBoundingClientRect().top + list.scrollTop, count);
	const own = carried && list.querySelector<HTMLElement>(`[data-deal="${CSS.escape(carried)}"]`);
	const ownIndex = own ? Number(own.dataset['index']) : Infinity;
	return { stage, index: gap > ownIndex ? gap - 1 : gap };
}

/** Scrolls the board and its columns while the point is near an edge; `moved` is called when something scrolled. Returns the function that stops it. */
export function scrollAtEdges(board: HTMLElement, point: () => Point | null, moved: () => void): () => void {
	let frame = requestAnimationFrame(function step() {
		frame = requestAnimationFrame(step);
		const at = point();
		if (!at) return;
		const { left, right } = board.getBoundingClientRect();
		const sideways = edgeSpeed(right - at.x) - edgeSpeed(at.x - left);
		if (sideways !== 0) board.scrollLeft += sideways;
		const column = columnAt(board, at.x);
		const list = column && listOf(column);
		let down = 0;
		if (list) {
			const { top, bottom } = list.getBoundingClientRect();
			down = edgeSpeed(bottom - at.y) - edgeSpeed(at.y - top);
			if (down !== 0) list.scrollTop += down;
		}
		if (sideways !== 0 || down !== 0) moved();
	});
	return () => cancelAnimationFrame(frame);
}

/** Scrolls so that the card at a place can be seen, and is therefore drawn. */
export function revealPlace(
	board: HTMLElement,
	{ stage, index }: Place,
	scrollTopShowing: (index: number, scrollTop: number, height: number) => number
): void {
	const column = board.querySelector<HTMLElement>(`[data-stage="${CSS.escape(stage)}"]`);
	const list = column && listOf(column);
	if (!column || !list) return;
	list.scrollTop = scrollTopShowing(index, list.scrollTop, list.clientHeight);
	column.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** The y of the line that marks a gap, px from the top of the list's content. */
export function gapLine(gap: number): number {
	return gap * cardPitch - 5;
}
