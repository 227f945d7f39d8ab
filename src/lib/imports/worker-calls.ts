import type { Plan } from './evaluate';
import type { Chunk, Overview, Summary } from './session';

/** What the page asks of the worker that holds the file. */
export type WorkerCall =
	| { name: 'open'; file: File }
	| { name: 'useSheet'; sheet: string }
	| { name: 'useHeader'; row: number | null }
	| { name: 'evaluate'; plan: Plan }
	| { name: 'chunk'; firstRow: number }
	| { name: 'fileRows'; acceptedRows: number[] }
	| { name: 'refusedCsv'; byServer: { acceptedRow: number; reason: string }[] };

/** What it answers, by the name of the call. */
export type WorkerResults = {
	open: Overview;
	useSheet: Overview;
	useHeader: Overview;
	evaluate: Summary;
	chunk: Chunk;
	fileRows: (number | null)[];
	refusedCsv: string;
};

export type WorkerRequest = { id: number; call: WorkerCall };
export type WorkerReply = { id: number; ok: true; value: unknown } | { id: number; ok: false; code: string; message: string };
