import { answerCall } from './answer-call';
import { dealImport } from './deals';
import { ImportSession } from './session';
import { FileRefused } from './table';
import type { WorkerReply, WorkerRequest } from './worker-calls';

// Holds the file and does everything that takes time, so that the page answers every click; the page ends it to stop it.
const session = new ImportSession(dealImport);

function failure(id: number, error: unknown): WorkerReply {
	if (error instanceof FileRefused) return { id, ok: false, code: error.code, message: error.message };
	// The browser gives NotReadableError when a file was moved or changed after it was chosen.
	if (error instanceof DOMException) {
		return {
			id,
			ok: false,
			code: 'unreadable',
			message: 'The file could not be read. It may have been moved or changed; choose it again.'
		};
	}
	return { id, ok: false, code: 'broken', message: 'The file could not be read. Save it as CSV and choose the new file.' };
}

addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => {
	answerCall(session, data.call).then(
		(value) => postMessage({ id: data.id, ok: true, value } satisfies WorkerReply),
		(error: unknown) => postMessage(failure(data.id, error))
	);
});
