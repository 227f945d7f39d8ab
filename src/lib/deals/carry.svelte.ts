import type { PendingEdit } from '$lib/live/rows';
import { toast } from '$lib/ui/toast.svelte';
import type { Board, Place } from './board.svelte';
import type { BoardActions } from './board-actions.svelte';
import type { Deal } from './model';

type Seen = NonNullable<ReturnType<BoardActions['seen']>>;

/** Ways a carried card goes: within its column, or to the next one. */
export type Step = 'up' | 'down' | 'left' | 'right' | 'top' | 'bottom';

/**
 * A card in the air: picked up by pointer, finger or keyboard, shown at every place it passes (keyboard) or with a line where it would
 * fall (pointer), and put down or put back. One at a time.
 */
export class Carry {
	/** The card in the air; reactive. */
	id = $state<string | null>(null);
	/** How it is carried. */
	by = $state<'pointer' | 'keys' | null>(null);
	/** Where a card carried by pointer would fall; reactive. */
	target = $state.raw<Place | null>(null);
	/** The last thing to say to those who cannot see the board. */
	said = $state('');
	#board: Board;
	#actions: BoardActions;
	#seen: Seen | null = null;
	#edit: PendingEdit<Deal> | null = null;

	constructor(board: Board, actions: BoardActions) {
		this.#board = board;
		this.#actions = actions;
	}

	/** Picks a card up; false if that is not possible now (the reason is told). */
	lift(id: string, by: 'pointer' | 'keys'): boolean {
		if (this.id || !this.#actions.allowed()) return false;
		const seen = this.#actions.seen(id);
		if (!seen) return false;
		this.#seen = seen;
		this.id = id;
		this.by = by;
		this.target = null;
		if (by === 'keys') {
			this.#edit = this.#board.rows.edit(id, {});
			this.said = `${this.#name()} picked up. ${this.#where()} Arrow keys move it, Enter drops it, Escape puts it back.`;
		}
		return true;
	}

	/** The pointer is over a place (or over none). */
	over(place: Place | null): void {
		const same = place?.stage === this.target?.stage && place?.index === this.target?.index;
		if (!same) this.target = place;
	}

	/** Moves a card that is carried by keyboard one step; returns where it is now. */
	step(way: Step): Place | null {
		const place = this.id && this.#board.placeOf(this.id);
		if (!this.id || !this.#edit || !place) return null;
		const next = stepped(this.#board, this.id, place, way);
		if (next.stage !== place.stage || next.index !== place.index) {
			this.#edit.change({ stage_id: next.stage, rank: this.#board.rankAt(this.id, next) });
		}
		this.said = this.#where();
		return next;
	}

	/** Puts the card down where it is. */
	drop(): void {
		const { id, target, by } = this;
		const [seen, edit] = [this.#seen, this.#edit ?? undefined];
		const place = id && by === 'keys' ? this.#board.placeOf(id) : target;
		const name = this.#name();
		const where = by === 'keys' ? this.#where() : '';
		this.#end();
		if (!id || !seen || !place) return edit?.refuse();
		if (!this.#moved(id, place, seen, edit !== undefined)) {
			edit?.refuse();
			this.said = `${name} put back.`;
			return;
		}
		this.#actions.move(id, place, seen, edit);
		this.said = `${name} dropped. ${where}`;
	}

	/** Puts the card back where it was. */
	cancel(): void {
		const edit = this.#edit;
		if (this.id) this.said = `${this.#name()} put back.`;
		this.#end();
		edit?.refuse();
	}

	/** Lets go when the ground is gone: the connection, or the stage the card hangs over. */
	giveUp(why: string): void {
		if (!this.id) return;
		this.cancel();
		toast(why, { tone: 'danger' });
	}

	#end(): void {
		this.id = null;
		this.by = null;
		this.target = null;
		this.#seen = null;
		this.#edit = null;
	}

	/** Is the place another one than the card came from? A carried card stands at its new place already. */
	#moved(id: string, place: Place, seen: Seen, carried: boolean): boolean {
		if (place.stage !== seen.stage_id) return true;
		const confirmed = this.#board.rows.confirmed(id);
		const shown = this.#board.rows.get(id);
		if (carried) return confirmed?.rank !== shown?.rank;
		return this.#board.placeOf(id)?.index !== place.index;
	}

	#name(): string {
		return (this.id && this.#board.rows.get(this.id)?.name) || 'Deal';
	}

	#where(): string {
		const place = this.id && this.#board.placeOf(this.id);
		if (!place) return '';
		return `${this.#board.stage(place.stage)?.name ?? ''}, position ${place.index + 1} of ${this.#board.cards(place.stage).length}.`;
	}
}

/** The place one step from `place`, staying on the board. */
export function stepped(board: Board, id: string, place: Place, way: Step): Place {
	const last = (stage: string) => board.cards(stage).filter((other) => other !== id).length;
	if (way === 'up') return { ...place, index: Math.max(0, place.index - 1) };
	if (way === 'down') return { ...place, index: Math.min(last(place.stage), place.index + 1) };
	if (way === 'top') return { ...place, index: 0 };
	if (way === 'bottom') return { ...place, index: last(place.stage) };
	const at = board.stages.findIndex((stage) => stage.id === place.stage);
	const stage = board.stages[at + (way === 'left' ? -1 : 1)];
	return stage ? { stage: stage.id, index: Math.min(place.index, last(stage.id)) } : place;
}
