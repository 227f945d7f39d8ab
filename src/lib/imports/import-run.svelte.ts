import type { FileReading } from './answer-call';
import { cancelUpload, upload, UploadRefused, type UploadHooks, type UploadResult, type UploadTarget } from './upload';

/** A row the database refused, by the number a spreadsheet gives it. */
export type LateRefusal = { row: number | null; reason: string };

/** How an import stands once it runs. `failed` keeps the file and every decision, so that it can be tried again. */
export type RunState = 'idle' | 'staging' | 'committing' | 'cancelling' | 'done' | 'cancelled' | 'failed';

/** One run of an import: staging with progress, cancel at any time, the result. */
export class ImportRun {
	state = $state<RunState>('idle');
	staged = $state(0);
	total = $state(0);
	/** While the server cannot be reached and the run tries again by itself. */
	trouble = $state<string | null>(null);
	/** Why it failed. */
	problem = $state<string | null>(null);
	result = $state.raw<UploadResult | null>(null);
	late = $state.raw<LateRefusal[]>([]);
	running = $derived(this.state === 'staging' || this.state === 'committing' || this.state === 'cancelling');

	#id: string | null = null;
	#abort = new AbortController();

	/** Imports every accepted row of the file. Never throws: what happened is in `state`. */
	async start(target: UploadTarget, file: FileReading): Promise<void> {
		this.reset();
		this.total = target.totalRows;
		this.state = 'staging';
		const abort = this.#abort;
		try {
			const result = await upload(target, (firstRow) => file.ask({ name: 'chunk', firstRow }), this.#hooks());
			if (this.#abort === abort && !abort.signal.aborted) await this.#finish(result, file);
		} catch (error) {
			if (abort.signal.aborted) return;
			this.#fail(error);
			// What arrived is of no use any more; the row of the import stays as its record.
			this.abandon();
		}
	}

	/** Stops at once and forgets what was staged. Where the deals were made already, the result is shown instead. */
	async cancel(file: FileReading): Promise<void> {
		this.#abort.abort(new Error('cancelled'));
		this.#abort = new AbortController();
		this.state = 'cancelling';
		try {
			const outcome = this.#id === null ? 'cancelled' : await cancelUpload(this.#id, this.#hooks());
			if (outcome === 'cancelled') this.state = 'cancelled';
			else await this.#finish(outcome, file);
		} catch (error) {
			this.#fail(error);
		}
	}

	/** Tells the server to forget the import without waiting for an answer: for a page that goes away. */
	abandon(): void {
		if (this.#id !== null && this.state !== 'done') {
			void fetch(`/api/imports/${this.#id}/cancel`, { method: 'POST', keepalive: true }).catch(() => undefined);
		}
	}

	/** Back to the beginning, for another run. */
	reset(): void {
		this.#abort.abort(new Error('replaced'));
		this.#abort = new AbortController();
		this.#id = null;
		this.state = 'idle';
		this.staged = 0;
		this.trouble = null;
		this.problem = null;
		this.result = null;
		this.late = [];
	}

	async #finish(result: UploadResult, file: FileReading): Promise<void> {
		const rows = await file.ask({ name: 'fileRows', acceptedRows: result.refused.map(({ row_no }) => row_no) });
		this.late = result.refused.map(({ error }, at) => ({ row: rows[at] ?? null, reason: error }));
		this.result = result;
		this.state = 'done';
	}

	#fail(error: unknown): void {
		this.problem = error instanceof UploadRefused || error instanceof Error ? error.message : String(error);
		this.state = 'failed';
	}

	#hooks(): UploadHooks {
		return {
			signal: this.#abort.signal,
			begun: (id) => (this.#id = id),
			progress: (staged) => (this.staged = staged),
			committing: () => (this.state = 'committing'),
			trouble: (message) => (this.trouble = message),
			fetch: (path, init) => fetch(path, init),
			pause
		};
	}
}

/** Waits, but no longer than until the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const done = () => {
			clearTimeout(timer);
			removeEventListener('online', done);
			signal.removeEventListener('abort', done);
			if (signal.aborted) reject(signal.reason);
			else resolve();
		};
		const timer = setTimeout(done, ms);
		addEventListener('online', done);
		signal.addEventListener('abort', done);
	});
}
