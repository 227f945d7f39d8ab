import type { Connection } from '$lib/live/connection.svelte';
import type { PendingEdit } from '$lib/live/rows';
import type { Stage } from '$lib/pipelines/model';
import { toast } from '$lib/ui/toast.svelte';
import type { DealsApi, Saved } from './api';
import type { Board, Place } from './board.svelte';
import { InTurn } from './in-turn';
import { nowIso, type Deal, type DealDetail } from './model';

/** Why and when a deal was won or lost. */
export type ClosingWords = { close_reason: string; closed_on: string };

/** A card that was dropped on a closing stage and waits for the words that this needs. */
export type Closing = { deal: Deal; from: Stage | undefined; to: Stage; confirm: (words: ClosingWords) => void; cancel: () => void };

/** Two people moved a card at once: where it stands now, and where this one wanted it. */
export type Clash = { deal: DealDetail; theirs: Stage | undefined; mine: Stage; again: () => void };

/** The card as it was when the gesture began: what its author saw. */
type Seen = { version: number; stage_id: string };

const unreachable =
	'The server could not be reached, so this was not confirmed. The board shows what stood before and catches up by itself.';

/** What people do with cards: each is shown at once, and taken back when the server refuses. */
export class BoardActions {
	/** The question a drop on Won or Lost asks; reactive. */
	closing = $state.raw<Closing | null>(null);
	/** The choice a clash of two moves asks for; reactive. */
	clash = $state.raw<Clash | null>(null);
	#board: Board;
	#api: DealsApi;
	#connection: Pick<Connection, 'writable'>;
	#stagesLost: () => void;
	/** The moves of one deal go out one after the other. */
	#inTurn = new InTurn();

	/** `stagesLost` is called when the server does not know a stage that the board still shows. */
	constructor(board: Board, api: DealsApi, connection: Pick<Connection, 'writable'>, stagesLost: () => void) {
		this.#board = board;
		this.#api = api;
		this.#connection = connection;
		this.#stagesLost = stagesLost;
	}

	/** May anything be changed now? Says why not. */
	allowed(): boolean {
		if (this.#connection.writable) return true;
		toast('You are offline, so nothing can be changed right now. The board keeps showing what it has.', { tone: 'danger' });
		return false;
	}

	/** What the author of a gesture on this card sees when it begins. */
	seen(id: string): Seen | null {
		const deal = this.#board.rows.get(id);
		const confirmed = this.#board.rows.confirmed(id);
		return deal && confirmed ? { version: confirmed.version, stage_id: deal.stage_id } : null;
	}

	/** Puts a card at a place. `held` is the overlay of a card in the air, if it is shown as moved already. */
	move(id: string, place: Place, seen: Seen, held?: PendingEdit<Deal>): void {
		const deal = this.#board.rows.get(id);
		const to = this.#board.stage(place.stage);
		if (!deal || !this.allowed()) return held?.refuse();
		if (!to) {
			held?.refuse();
			this.#stageGone(deal.name);
			return;
		}
		const rank = this.#board.rankAt(id, place);
		const from = this.#board.stage(seen.stage_id);
		const entering = place.stage !== seen.stage_id;
		const patch = { stage_id: place.stage, rank, ...(entering ? { stage_entered_at: nowIso() } : {}) };
		const edit = held ?? this.#board.rows.edit(id, patch);
		if (held) held.change(patch);

		const send = (words: Partial<ClosingWords>) => void this.#send(deal, { to, rank, entering, words }, seen, edit);
		if (!entering || to.kind === 'open' || to.kind === from?.kind) return send({});
		const settle = (act: () => void) => () => {
			this.closing = null;
			act();
		};
		this.closing = {
			deal,
			from,
			to,
			confirm: (words) => settle(() => send(words))(),
			cancel: settle(() => edit.refuse())
		};
	}

	/** Puts a deal into the trash, with a way back. */
	async remove(id: string): Promise<boolean> {
		const deal = this.#board.rows.get(id);
		if (!this.allowed()) return false;
		const edit = deal && this.#board.rows.edit(id, null);
		if (deal) this.#board.totals.counted(deal, -1);
		const result = await this.#api.trash(id, 'trash');
		if (result.kind !== 'done') {
			edit?.refuse();
			if (deal) this.#board.totals.counted(deal, 1);
			toast(result.kind === 'refused' ? result.message : unreachable, { tone: 'danger' });
			return false;
		}
		this.#board.rows.remove(id);
		edit?.confirm();
		const name = deal ? `“${deal.name}”` : 'Deal';
		toast(`${name} moved to the trash`, { action: { label: 'Undo', run: () => this.#restore(id) } });
		return true;
	}

	async #restore(id: string): Promise<void> {
		if (!this.allowed()) return;
		const result = await this.#api.trash(id, 'restore');
		if (result.kind !== 'done') return void toast(result.kind === 'refused' ? result.message : unreachable, { tone: 'danger' });
		const since = this.#board.rows.mark();
		const back = (await this.#api.deals([id]).catch(() => [])).filter((deal) => this.#board.belongs(deal));
		this.#board.rows.merge(back, { since });
		for (const deal of back) this.#board.totals.counted(deal, 1);
	}

	async #send(
		deal: Deal,
		move: { to: Stage; rank: string; entering: boolean; words: Partial<ClosingWords> },
		seen: Seen,
		edit: PendingEdit<Deal>
	): Promise<void> {
		const { to, rank, entering, words } = move;
		const result = await this.#inTurn
			.run(deal.id, () =>
				this.#api.save(deal.id, {
					version: seen.version,
					base: entering ? { stage_id: seen.stage_id } : {},
					changes: entering ? { stage_id: to.id, ...words } : {},
					rank
				})
			)
			.catch(() => null);
		this.#settle(result, deal, move, edit);
	}

	#settle(
		result: Saved | null,
		deal: Deal,
		move: { to: Stage; rank: string; words: Partial<ClosingWords> },
		edit: PendingEdit<Deal>
	): void {
		if (result?.kind === 'saved') {
			this.#board.accept(result.deal);
			return edit.confirm();
		}
		edit.refuse();
		if (result?.kind === 'conflict') return this.#clashed(result.deal, move);
		if (result?.kind === 'refused' && result.code === 'reference_missing') return this.#stageGone(deal.name, move.to.name);
		if (result?.kind === 'refused' && result.status === 404) this.#board.rows.remove(deal.id);
		const why = result?.kind === 'refused' ? `“${deal.name}” was not moved. ${result.message}` : unreachable;
		toast(why, { tone: 'danger' });
	}

	#clashed(current: DealDetail, { to, rank, words }: { to: Stage; rank: string; words: Partial<ClosingWords> }): void {
		this.#board.accept(current);
		this.clash = {
			deal: current,
			theirs: this.#board.stage(current.stage_id),
			mine: to,
			again: () => {
				this.clash = null;
				if (!this.allowed()) return;
				const seen = { version: current.version, stage_id: current.stage_id };
				const edit = this.#board.rows.edit(current.id, { stage_id: to.id, rank });
				void this.#send(current, { to, rank, entering: true, words }, seen, edit);
			}
		};
	}

	#stageGone(deal: string, stage?: string): void {
		toast(
			`“${deal}” was not moved: ${stage ? `the stage ${stage}` : 'that stage'} was deleted meanwhile. The board shows the stages that are left.`,
			{
				tone: 'danger'
			}
		);
		this.#stagesLost();
	}
}
