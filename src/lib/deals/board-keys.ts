import type { Board, Place } from './board.svelte';
import type { Step } from './carry.svelte';

/** What a key means on the board: to the card that has the focus, or to the one in the air. */
export type BoardKey =
	| { do: 'focus'; place: Place }
	| { do: 'lift' }
	| { do: 'step'; way: Step }
	| { do: 'drop' }
	| { do: 'cancel' }
	| { do: 'menu' }
	| { do: 'delete' };

const steps: Record<string, Step> = {
	ArrowUp: 'up',
	ArrowDown: 'down',
	ArrowLeft: 'left',
	ArrowRight: 'right',
	Home: 'top',
	End: 'bottom'
};

/**
 * Reads a key on the card at `place`. Arrows walk from card to card; Space picks a card up, then arrows carry it, Space or Enter drops it and Escape
 * puts it back. Enter opens the card, which its link does by itself; M opens its menu, Delete moves it to the trash. Null: not ours.
 */
export function readBoardKey(board: Board, place: Place, key: string, carrying: boolean): BoardKey | null {
	const way = steps[key];
	if (carrying) {
		if (way) return { do: 'step', way };
		if (key === ' ' || key === 'Enter') return { do: 'drop' };
		return key === 'Escape' || key === 'Tab' ? { do: 'cancel' } : null;
	}
	if (way) {
		const next = neighbour(board, place, way);
		return next && { do: 'focus', place: next };
	}
	if (key === ' ') return { do: 'lift' };
	if (key === 'm' || key === 'M' || key === 'ContextMenu') return { do: 'menu' };
	return key === 'Delete' || key === 'Backspace' ? { do: 'delete' } : null;
}

/** The card next to the one at `place`; sideways, the nearest column that has cards. */
function neighbour(board: Board, { stage, index }: Place, way: Step): Place | null {
	const cards = board.cards(stage).length;
	if (way === 'up') return index > 0 ? { stage, index: index - 1 } : null;
	if (way === 'down') return index < cards - 1 ? { stage, index: index + 1 } : null;
	if (way === 'top') return { stage, index: 0 };
	if (way === 'bottom') return { stage, index: cards - 1 };
	const stages = board.stages.map((each) => each.id);
	const at = stages.indexOf(stage);
	const others = way === 'left' ? stages.slice(0, at).reverse() : stages.slice(at + 1);
	const next = others.find((other) => board.cards(other).length > 0);
	return next === undefined ? null : { stage: next, index: Math.min(index, board.cards(next).length - 1) };
}
