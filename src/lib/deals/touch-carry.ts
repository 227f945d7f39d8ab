import type { Attachment } from 'svelte/attachments';
import { placeUnder, scrollAtEdges, type Point } from './board-geometry';
import type { Carry } from './carry.svelte';

/** Long enough to tell a press from the start of a scroll, shorter than the browser's own long press (500 ms). */
const pressMs = 300;
/** A finger that wanders further before that wants to scroll. */
const stillPx = 8;

/**
 * Lets a finger pick a card up by a long press and carry it; the attachment goes on the element that scrolls sideways. Scrolling stays the browser's own
 * until a card is in the air.
 */
export function touchBoard(carry: Carry): Attachment<HTMLElement> {
	return (board) => {
		let start: Point | null = null;
		let at: Point | null = null;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let ghost: HTMLElement | null = null;
		let stopScrolling = () => {};
		/** A carry ends with a click on whatever is under the finger: that must not open a card. */
		let carried = false;
		const stop = new AbortController();
		const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void) =>
			board.addEventListener(type, listener, { signal: stop.signal, passive: false, capture: true });

		const follow = () => at && carry.over(placeUnder(board, at, carry.id));

		const lift = (card: HTMLElement, id: string) => {
			if (!carry.lift(id, 'pointer')) return;
			ghost = ghostOf(card);
			navigator.vibrate?.(10);
			stopScrolling = scrollAtEdges(board, () => at, follow);
			moveGhost();
		};
		const moveGhost = () => {
			if (ghost && at && start) ghost.style.translate = `${at.x - start.x}px ${at.y - start.y}px`;
		};
		const end = (drop: boolean) => {
			clearTimeout(timer);
			if (ghost) {
				carried = true;
				if (drop) carry.drop();
				else carry.cancel();
				ghost.remove();
				stopScrolling();
			}
			start = at = ghost = null;
		};

		on('pointerdown', (event) => {
			carried = false;
			const card = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-deal]') : null;
			const id = card?.dataset['deal'];
			// A mouse has the browser's own drag and drop; that must not also start under a finger.
			if (card) card.draggable = event.pointerType === 'mouse' && card.dataset['movable'] === 'true';
			if (event.pointerType === 'mouse' || !event.isPrimary || !card || !id || card.dataset['movable'] !== 'true') return;
			start = at = { x: event.clientX, y: event.clientY };
			timer = setTimeout(() => lift(card, id), pressMs);
		});
		on('pointermove', (event) => {
			if (!start || event.pointerType === 'mouse') return;
			at = { x: event.clientX, y: event.clientY };
			if (ghost) {
				moveGhost();
				follow();
			} else if (Math.hypot(at.x - start.x, at.y - start.y) > stillPx) end(false);
		});
		on('pointerup', () => end(true));
		on('pointercancel', () => end(false));
		on('touchmove', (event) => {
			if (ghost && event.cancelable) event.preventDefault();
		});
		on('contextmenu', (event) => {
			if (start) event.preventDefault();
		});
		on('click', (event) => {
			if (carried) event.preventDefault();
			carried = false;
		});
		return () => {
			stop.abort();
			end(false);
		};
	};
}

/** A picture of the card that follows the finger. */
function ghostOf(card: HTMLElement): HTMLElement {
	const { left, top, width, height } = card.getBoundingClientRect();
	const copy = document.createElement('div');
	copy.innerHTML = card.innerHTML;
	copy.className = card.className;
	copy.inert = true;
	copy.dataset['slot'] = 'ghost';
	Object.assign(copy.style, {
		position: 'fixed',
		left: `${left}px`,
		top: `${top}px`,
		width: `${width}px`,
		height: `${height}px`,
		zIndex: '40',
		pointerEvents: 'none',
		rotate: '2deg',
		boxShadow: 'var(--overlay-shadow)'
	});
	document.body.append(copy);
	return copy;
}
