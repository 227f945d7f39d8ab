import type { ImportSession } from './session';
import type { WorkerCall, WorkerResults } from './worker-calls';

/** Whoever holds a file and answers the page about it: a worker in the browser. */
export type FileReading = {
	/** Throws FileRefused with a sentence for the person who chose the file; its code is `closed` after `close`. */
	ask<Name extends WorkerCall['name']>(call: Extract<WorkerCall, { name: Name }>): Promise<WorkerResults[Name]>;
	/** Puts the file away. */
	close(): void;
};

/** Does what a call asks of the session. */
export async function answerCall(session: ImportSession, call: WorkerCall): Promise<unknown> {
	switch (call.name) {
		case 'open':
			return session.open(new Uint8Array(await call.file.arrayBuffer()));
		case 'useSheet':
			return session.useSheet(call.sheet);
		case 'useHeader':
			return session.useHeader(call.row);
		case 'evaluate':
			return session.evaluate(call.plan);
		case 'chunk':
			return session.chunk(call.firstRow);
		case 'fileRows':
			return call.acceptedRows.map((row) => session.fileRow(row));
		case 'refusedCsv':
			return session.refusedCsv(call.byServer);
	}
}
