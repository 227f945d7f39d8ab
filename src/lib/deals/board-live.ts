import { Feed } from '$lib/live/feed';
import type { Live } from '$lib/live/live';
import { Pace } from '$lib/live/pace';
import { Paced } from '$lib/live/paced';
import type { DealsApi } from './api';
import type { Board } from './board.svelte';
import type { Deal } from './model';

const totalsEveryMs = 2_000;
/** Under load the totals, which follow the cards by themselves, wait this many times longer than the cards. */
const totalsPatience = 3;

/** Keeps a board true to its workspace, and says what it needs to know besides. */
export class BoardLive {
	#board: Board;
	#api: DealsApi;
	#feed: Feed<Deal>;
	#totals: Paced;
	#totalsAskedAt = -totalsEveryMs;
	#pace = new Pace();
	#stop: () => void;

	/** `gone` is called when the pipeline is no more. */
	constructor(board: Board, api: DealsApi, live: Live, gone: () => void) {
		this.#board = board;
		this.#api = api;
		this.#totals = new Paced(
			() => this.#askTotals(),
			() => this.#totalsDelayMs(live.audience()),
			live.surroundings
		);
		this.#feed = new Feed<Deal>(live, board.rows, {
			table: 'deals',
			fetchRows: (ids) => this.#fetch(ids),
			fetchWindow: () => this.#fetchWindow(gone),
			onHeard: (change) => {
				for (const { id } of change.rows) live.presence.putDown(change.actor, id);
				this.#pace.heard();
				this.#totals.ask();
			}
		});
		const unlisten = live.onChange(({ table, rows }) => {
			if (table === 'stages' || table === 'pipelines') this.refetch();
			// Every tab hears of it at the same moment.
			if (table === 'access') this.#feed.refetchWindow('gathered');
			if (table === 'companies') this.#refetchDealsOf(new Set(rows.map((row) => row.id)));
		});
		// A row may arrive after totals that count it already, and is then counted twice until they are asked for again.
		const unwatch = board.rows.listen((_id, before, after) => before && after && this.#totals.ask());
		this.#stop = () => {
			unlisten();
			unwatch();
			this.#feed.stop();
			this.#totals.stop();
		};
	}

	/** Fetches the stages, the cards and the totals anew. */
	refetch(): void {
		this.#feed.refetchWindow();
	}

	stop(): void {
		this.#stop();
	}

	/** Which deals match a text only the server knows: then the window is asked for in place of rows. */
	async #fetch(ids: string[]): Promise<Deal[]> {
		if (this.#board.scope.query !== undefined) {
			await this.#board.reload(
				(scope, perStage) => this.#api.window(scope, perStage),
				() => undefined
			);
			return ids.flatMap((id) => this.#board.rows.confirmed(id) ?? []);
		}
		return (await this.#api.deals(ids)).filter((deal) => this.#board.belongs(deal));
	}

	async #fetchWindow(gone: () => void): Promise<void> {
		await this.#board.reload((scope, perStage) => this.#api.window(scope, perStage), gone);
		this.#totals.ask();
	}

	#totalsDelayMs(audience: number): number {
		const delay = this.#pace.delayMs(audience) * totalsPatience;
		const spacing = Math.max(totalsEveryMs, delay) * (1 + Math.random() * 0.5);
		return Math.max(delay, this.#totalsAskedAt + spacing - performance.now());
	}

	async #askTotals(): Promise<void> {
		const began = (this.#totalsAskedAt = performance.now());
		try {
			const scope = this.#board.scope;
			const sure = await this.#board.totals.ask(async () => {
				const told = await this.#api.totals(scope);
				// The board shows something else by now: its own totals came with it.
				if (scope !== this.#board.scope) throw new Error('superseded');
				return told;
			});
			this.#pace.answered(performance.now() - began);
			if (!sure) this.#totals.ask();
		} catch {
			// The next message, or the return of the connection, asks again.
		}
	}

	#refetchDealsOf(companies: Set<string>): void {
		const named = [...this.#board.rows.values()].filter((deal) => deal.company_id !== null && companies.has(deal.company_id));
		this.#feed.refetch(named.map((deal) => deal.id));
	}
}
