import { untrack } from 'svelte';
import { reloads } from '$lib/live/reload';
import type { Live } from '$lib/live/live';
import type { DealsApi } from './api';
import type { Board } from './board.svelte';
import { DealForm } from './deal-form.svelte';
import type { DealDetail } from './model';

/** A deal whose panel is open: it follows what others do to it while its form is being written. */
export class OpenDeal {
	readonly id: string;
	readonly form: DealForm;
	/** Somebody deleted it, or took away the right to see it; reactive. */
	gone = $state(false);
	#current: DealDetail;
	#api: DealsApi;
	#live: Live;

	constructor(deal: DealDetail, api: DealsApi, live: Live) {
		this.id = deal.id;
		this.form = new DealForm(deal);
		this.#current = $state.raw(deal);
		this.#api = api;
		this.#live = live;
	}

	/** The deal as it stands; reactive. */
	get current(): DealDetail {
		return this.#current;
	}

	/** Takes a newer row, from a save or a load. */
	take(row: DealDetail): void {
		if (row.version < this.#current.version) return;
		this.#current = row;
		this.form.follow(row);
	}

	/** Follows messages, gaps, and the card on the board, which may be ahead; call while the panel's component is made. */
	follow(board: Board): void {
		$effect(() =>
			this.#live.onChange(({ table, rows, count, op }) => {
				const named = table === 'deals' && (count !== null || rows.some((row) => row.id === this.id));
				if (named || table === 'access') void this.#refresh({ deleted: named && op === 'delete', access: table === 'access' });
			})
		);
		$effect(() => this.#live.onResync(() => void this.#refresh()));
		$effect(() => {
			const card = board.rows.get(this.id);
			// Not on the board (any more): filtered out, further down, or taken away while the panel was on its way and heard nothing.
			if (!card || card.version > this.#current.version) untrack(() => void this.#refresh());
		});
	}

	/** Asks for the deal first: its page would be an error's where it may not be seen any more, and what was typed lost. */
	async #refresh({ deleted = false, access = false } = {}): Promise<void> {
		if (deleted) {
			this.gone = true;
			return;
		}
		try {
			const before = this.#current.version;
			const row = await this.#api.deal(this.id);
			this.gone = false;
			this.take(row);
			// Its way through the stages and the workspace's own fields, with who may read them, are part of the page.
			if (row.version > before || access) await reloads.load(`deal:${this.id}`);
		} catch {
			// No answer at all says nothing about the deal; a refusal does.
			this.gone = this.#live.connection.state !== 'offline';
		}
	}
}
