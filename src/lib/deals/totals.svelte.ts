import type { StageTotal } from './board-view';
import type { Deal } from './model';

type Countable = Pick<Deal, 'stage_id' | 'currency' | 'amount'>;

/** What a column's header says: how many deals, and their sum in each currency (major units). */
export type ColumnTotal = { deals: number; sums: { currency: string; amount: number }[] };

/**
 * Counts and sums per stage over all deals, loaded or not. The server tells them now and then; between, they follow what this tab sees move, so
 * that a header never lags behind a card.
 */
export class Totals {
	#told = $state.raw<StageTotal[]>([]);
	/** What moved since the server was last asked: it may or may not be in the answer, and is in the next one. */
	#sinceAsked: StageTotal[] = [];
	#homeCurrency: string;
	#byStage = $derived(Map.groupBy(this.#told, (total) => total.stage_id));

	/** `homeCurrency` is named first. */
	constructor(told: StageTotal[], homeCurrency: string) {
		this.#told = told;
		this.#homeCurrency = homeCurrency;
	}

	/** The total of a stage; reactive. */
	of(stage: string): ColumnTotal {
		const parts = (this.#byStage.get(stage) ?? []).filter((part) => part.deals > 0);
		const sums = parts
			.filter((part) => part.amount_minor !== 0)
			.map((part) => ({ currency: part.currency, amount: part.amount_minor / 100 }))
			.sort((a, b) => Number(b.currency === this.#homeCurrency) - Number(a.currency === this.#homeCurrency) || b.amount - a.amount);
		return { deals: parts.reduce((count, part) => count + part.deals, 0), sums };
	}

	/** All deals of the board; reactive. */
	get deals(): number {
		return this.#told.reduce((count, part) => count + part.deals, 0);
	}

	/** A deal left one place of the count for another, or changed its amount. */
	moved(before: Countable, after: Countable): void {
		if (before.stage_id === after.stage_id && before.currency === after.currency && before.amount === after.amount) return;
		this.#add([part(before, -1), part(after, 1)]);
	}

	/** A deal came (`1`) or went (`-1`). */
	counted(deal: Countable, deals: 1 | -1): void {
		this.#add([part(deal, deals)]);
	}

	/**
	 * Asks the server and takes its answer. False when something moved meanwhile: nobody knows whether the answer counts it already, so it may be
	 * counted twice until the server is asked again.
	 */
	async ask(read: () => Promise<StageTotal[]>): Promise<boolean> {
		this.#sinceAsked = [];
		const told = await read();
		const meanwhile = this.#sinceAsked;
		this.#told = told;
		this.#add(meanwhile);
		return meanwhile.length === 0;
	}

	/** Takes totals that came with a page. */
	replace(told: StageTotal[]): void {
		this.#told = told;
	}

	#add(changes: StageTotal[]): void {
		this.#sinceAsked = [...this.#sinceAsked, ...changes];
		let told = this.#told;
		for (const change of changes) {
			const at = told.findIndex((part) => part.stage_id === change.stage_id && part.currency === change.currency);
			const known = told[at];
			if (!known) told = [...told, change];
			else told = told.with(at, { ...known, deals: known.deals + change.deals, amount_minor: known.amount_minor + change.amount_minor });
		}
		this.#told = told;
	}
}

function part(deal: Countable, sign: 1 | -1): StageTotal {
	return {
		stage_id: deal.stage_id,
		currency: deal.currency,
		deals: sign,
		amount_minor: sign * Math.round((deal.amount ?? 0) * 100)
	};
}
