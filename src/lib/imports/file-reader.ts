import type { FileReading } from './answer-call';
import { importLimits } from './limits';
import { FileRefused } from './table';
import type { WorkerCall, WorkerRequest, WorkerResults } from './worker-calls';

const stopped = () =>
	new FileRefused(
		'too_slow',
		`Reading this file takes longer than ${importLimits.readMs / 1000} seconds, so it was stopped. Save it as CSV, or split it into smaller files.`
	);

type Waiting = { settle(event: MessageEvent): void; fail(error: FileRefused): void };

/** The worker that holds one file, with a promise for every call. A call that takes too long ends it: a new file needs a new one. */
export class FileReaderWorker implements FileReading {
	#worker = new Worker(new URL('./import.worker.ts', import.meta.url), { type: 'module' });
	#waiting = new Map<number, Waiting>();
	#lastId = 0;

	constructor() {
		this.#worker.addEventListener('message', (event) => this.#waiting.get(event.data.id)?.settle(event));
		// A worker that could not start or ran out of memory answers nothing by itself.
		this.#worker.addEventListener('error', () =>
			this.#end(
				new FileRefused('broken', 'The file could not be read: the browser ran out of memory or blocked the reader. Try a smaller file.')
			)
		);
	}

	/** Asks the worker, within the time a call may take. */
	ask<Name extends WorkerCall['name']>(call: Extract<WorkerCall, { name: Name }>): Promise<WorkerResults[Name]> {
		const id = (this.#lastId += 1);
		const timer = setTimeout(() => this.#end(stopped()), importLimits.readMs);
		const answer = new Promise<WorkerResults[Name]>((resolve, reject) => {
			this.#waiting.set(id, {
				settle: ({ data }) => (data.ok ? resolve(data.value) : reject(new FileRefused(data.code, data.message))),
				fail: reject
			});
		});
		const request: WorkerRequest = { id, call };
		this.#worker.postMessage(request);
		return answer.finally(() => {
			clearTimeout(timer);
			this.#waiting.delete(id);
		});
	}

	/** Ends the worker and forgets the file. */
	close(): void {
		this.#end(new FileRefused('closed', 'The file was put away.'));
	}

	#end(error: FileRefused): void {
		this.#worker.terminate();
		for (const waiting of [...this.#waiting.values()]) waiting.fail(error);
	}
}
