import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { Rows } from '$lib/live/rows';
import { SortedGroups } from '$lib/live/sorted-groups';
import type { Pipeline, Stage } from '$lib/pipelines/model';
import type { BoardScope, BoardView, BoardWindow, Edge } from './board-view';
import { compareRanks, type Deal } from './model';
import { rankAt } from './rank';
import { Totals } from './totals.svelte';

/** A place on the board: before the card that is at `index` when the moved card is left out. */
export type Place = { stage: string; index: number };

/** The smallest and largest number of cards per column that are fetched at once. */
const windowSize = { least: 25, most: 100 };

/** One pipeline's deals by stage: which are loaded, in which order, and how many there are in all. */
export class Board {
	readonly rows = new Rows<Deal>();
	readonly totals: Totals;
	#pipeline = $state.raw<Pipeline>({ id: '', name: '', position: 0, is_default: false, stages: [] });
	#scope = $state.raw<BoardScope>({ org: '', pipeline: '' });
	#groups = new SortedGroups<Deal, { rank: string; id: string }>(this.rows, { group: (deal) => deal.stage_id, compare: compareRanks });
	#edges = new SvelteMap<string, Edge>();
	#loading = new SvelteSet<string>();

	/** What a navigation or a reload brought last. */
	shown: BoardView;

	constructor(view: BoardView, homeCurrency: string) {
		this.shown = view;
		this.totals = new Totals(view.totals, homeCurrency);
		this.#pipeline = view.pipeline;
		this.#scope = view.scope;
		this.#begin(view.window, 0);
		this.rows.listen((_id, before, after) => before && after && this.totals.moved(before, after));
	}

	get pipeline(): Pipeline {
		return this.#pipeline;
	}

	get scope(): BoardScope {
		return this.#scope;
	}

	get stages(): readonly Stage[] {
		return this.#pipeline.stages;
	}

	/** Is the board narrowed to an owner or a text? */
	get filtered(): boolean {
		return this.#scope.owner !== undefined || this.#scope.query !== undefined;
	}

	stage(id: string): Stage | undefined {
		return this.stages.find((stage) => stage.id === id);
	}

	/** The ids of a column's cards, top to bottom, as far as they are loaded without a gap; reactive. */
	cards(stage: string): readonly string[] {
		const ids = this.#groups.ids(stage);
		const edge = this.#edges.get(stage);
		return edge ? ids.slice(0, this.#groups.countBefore(stage, edge)) : ids;
	}

	/** Where a card is on the board now, if it is shown. */
	placeOf(id: string): Place | null {
		const stage = this.rows.get(id)?.stage_id;
		const index = stage === undefined ? -1 : this.cards(stage).indexOf(id);
		return stage === undefined || index < 0 ? null : { stage, index };
	}

	/** The rank that puts a card at a place. */
	rankAt(id: string, { stage, index }: Place): string {
		const others = this.cards(stage).flatMap((other) => (other === id ? [] : (this.rows.get(other) ?? [])));
		return rankAt(others, index, this.#edges.get(stage)?.rank ?? null);
	}

	/** Are there cards of the stage that are not loaded? Reactive. */
	hasMore(stage: string): boolean {
		return this.#edges.has(stage);
	}

	isLoading(stage: string): boolean {
		return this.#loading.has(stage);
	}

	/** Does a deal, as far as can be seen from it, belong on this board? */
	belongs(deal: Deal): boolean {
		return deal.pipeline_id === this.#scope.pipeline && (this.#scope.owner === undefined || deal.owner_id === this.#scope.owner);
	}

	/** Takes a row the server answered: it is shown if it belongs here. */
	accept(deal: Deal): void {
		if (this.belongs(deal)) this.rows.merge([deal]);
		else this.rows.remove(deal.id, deal.version);
	}

	/** Shows what a navigation or a reload brought. */
	show(view: BoardView): void {
		this.shown = view;
		const same =
			view.scope.pipeline === this.#scope.pipeline && view.scope.owner === this.#scope.owner && view.scope.query === this.#scope.query;
		// The same one stays: what was asked for it and is on its way still counts.
		if (!same) {
			this.rows.clear();
			this.#scope = view.scope;
		}
		this.#pipeline = view.pipeline;
		this.totals.replace(view.totals);
		this.#begin(view.window, 0);
	}

	/** How many cards per stage to fetch so that what is shown now is shown again. */
	get windowSize(): number {
		const longest = Math.max(0, ...this.stages.map((stage) => this.cards(stage.id).length));
		return Math.min(windowSize.most, Math.max(windowSize.least, longest));
	}

	/** Fetches everything shown anew. `gone` is called when the pipeline itself is no more. */
	async reload(
		read: (scope: BoardScope, perStage: number) => Promise<BoardWindow & { pipelines: Pipeline[] }>,
		gone: () => void
	): Promise<void> {
		const since = this.rows.mark();
		const scope = this.#scope;
		const { pipelines, ...window } = await read(scope, this.windowSize);
		if (scope !== this.#scope) return;
		const pipeline = pipelines.find((each) => each.id === scope.pipeline);
		if (!pipeline) return gone();
		this.#pipeline = pipeline;
		this.#begin(window, since);
	}

	/** Loads the next cards of a stage, once at a time. */
	async loadMore(stage: string, read: (scope: BoardScope, stage: string, after: Edge) => Promise<BoardWindow>): Promise<void> {
		const edge = this.#edges.get(stage);
		if (!edge || this.#loading.has(stage)) return;
		this.#loading.add(stage);
		try {
			const since = this.rows.mark();
			const scope = this.#scope;
			const { deals, edges } = await read(scope, stage, edge);
			if (scope !== this.#scope || this.#edges.get(stage) !== edge) return;
			this.rows.merge(deals, { since });
			this.#setEdge(stage, edges[stage]);
		} finally {
			this.#loading.delete(stage);
		}
	}

	#begin(window: BoardWindow, since: number): void {
		this.rows.replace(window.deals, since);
		for (const stage of [...this.#edges.keys(), ...Object.keys(window.edges)]) this.#setEdge(stage, window.edges[stage]);
	}

	#setEdge(stage: string, edge: Edge | undefined): void {
		if (edge) this.#edges.set(stage, edge);
		else this.#edges.delete(stage);
	}
}
