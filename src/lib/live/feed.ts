import type { Change } from './change';
import { Pace } from './pace';
import { Paced } from './paced';
import type { LiveRow, Rows } from './rows';
import type { Surroundings } from './surroundings';

/** Where news comes from: the live link of a tab. */
export type NewsSource = {
	onChange(listener: (change: Change) => void): () => void;
	onResync(resync: () => void): () => void;
	surroundings: Surroundings;
	/** How many other tabs hear the same, as far as is known. */
	audience?: () => number;
};

export type FeedOptions<T> = {
	table: string;
	/**
	 * Fetches rows by id (at most `batch` of them). Those it does not return are taken away: deleted, not visible, or no longer belonging here.
	 * Throws when there was no answer.
	 */
	fetchRows: (ids: string[]) => Promise<T[]>;
	/** Fetches everything the store shows anew and puts it there. Throws when there was no answer. */
	fetchWindow: () => Promise<void>;
	/** Called after every change that was heard of, before anything is fetched (counts and sums are old now). */
	onHeard?: (change: Change) => void;
	/** Should a row that is not in the store be asked for? Default: always. */
	wanted?: (change: Change, id: string) => boolean;
};

/** A server that fails is asked again after these pauses, doubling. */
const firstRetryMs = 1_500;
const longestRetryMs = 30_000;
/** More ids than this are cheaper to fetch as a window. */
const batch = 100;

/** Keeps a row store true: gathers the ids that messages name, refetches them, and the whole window after a gap. */
export class Feed<T extends LiveRow> {
	#rows: Rows<T>;
	#options: FeedOptions<T>;
	#due = new Map<string, number>();
	#windowDue = false;
	#pace = new Pace();
	#paced: Paced;
	#stops: (() => void)[];
	/** Answers that failed in a row. */
	#failures = 0;

	constructor(live: NewsSource, rows: Rows<T>, options: FeedOptions<T>) {
		this.#rows = rows;
		this.#options = options;
		this.#paced = new Paced(
			() => this.#refetch(),
			() => this.#delayMs(live),
			live.surroundings
		);
		this.#stops = [live.onChange((change) => this.#heard(change)), live.onResync(() => this.#resync())];
	}

	/** Everything shown is fetched again, at once. */
	refetchWindow(when: 'gathered' | 'at once' = 'at once'): void {
		this.#windowDue = true;
		this.#paced.ask(when);
	}

	/** These rows are fetched again although nobody said they changed (what they embed did). */
	refetch(ids: Iterable<string>): void {
		for (const id of ids) this.#due.set(id, this.#rows.confirmed(id)?.version ?? 0);
		if (this.#due.size) this.#paced.ask();
	}

	stop(): void {
		for (const stop of this.#stops) stop();
		this.#paced.stop();
	}

	#delayMs(live: NewsSource): number {
		if (this.#failures === 0) return this.#pace.delayMs(live.audience?.());
		return Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1)) * (0.75 + Math.random() * 0.5);
	}

	/** The connection is there (again): a failure before that says nothing any more. */
	#resync(): void {
		this.#failures = 0;
		this.refetchWindow('gathered');
	}

	#heard(change: Change): void {
		if (change.table !== this.#options.table) return;
		this.#pace.heard();
		if (change.op === 'delete') for (const { id } of change.rows) this.#leave(id);
		else if (change.count === null) for (const row of change.rows) this.#news(change, row);
		if (change.count !== null) this.#windowDue = true;
		this.#options.onHeard?.(change);
		if (this.#windowDue || this.#due.size) this.#paced.ask();
	}

	#leave(id: string): void {
		this.#due.delete(id);
		this.#rows.remove(id);
	}

	#news(change: Change, { id, version }: { id: string; version: number }): void {
		const known = this.#rows.confirmed(id);
		if (known ? known.version >= version : this.#options.wanted?.(change, id) === false) return;
		this.#due.set(id, Math.max(version, this.#due.get(id) ?? 0));
	}

	async #refetch(): Promise<void> {
		if (this.#due.size > batch) this.#windowDue = true;
		const whole = this.#windowDue;
		const due = new Map(this.#due);
		this.#windowDue = false;
		this.#due.clear();
		const began = performance.now();
		try {
			if (whole) await this.#options.fetchWindow();
			else await this.#fetchDue(due);
			this.#pace.answered(performance.now() - began);
			this.#failures = 0;
		} catch {
			// Whatever was due is due still; a window covers it.
			this.#failures++;
			this.#windowDue = true;
			this.#paced.ask();
		}
	}

	async #fetchDue(due: Map<string, number>): Promise<void> {
		if (due.size === 0) return;
		const since = this.#rows.mark();
		const found = await this.#options.fetchRows([...due.keys()]);
		this.#rows.merge(found, { since, refresh: true });
		const returned = new Set(found.map((row) => row.id));
		for (const [id, version] of due) if (!returned.has(id)) this.#rows.remove(id, version);
	}
}
