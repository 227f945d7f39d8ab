import type { Chunk } from './session';
import type { ImportStatus, RefusedRow } from './status';

/** What is imported where. */
export type UploadTarget = { orgId: string; pipelineId: string; fileName: string; totalRows: number };

export type UploadResult = { import: ImportStatus; refused: RefusedRow[] };

/** How an upload tells what it does, and how it reaches the server. */
export type UploadHooks = {
	signal: AbortSignal;
	begun(id: string): void;
	progress(stagedRows: number): void;
	/** Everything is staged; the one transaction that makes the deals has begun. */
	committing(): void;
	/** A sentence while the server cannot be reached and the upload tries again by itself; null when it goes on. */
	trouble(message: string | null): void;
	fetch(path: string, init: RequestInit): Promise<Response>;
	/** Resolves after `ms`, or earlier when the network is back; rejects when the signal aborts. */
	pause(ms: number, signal: AbortSignal): Promise<void>;
};

/** What the server answered instead of doing it, in its own words. */
export class UploadRefused extends Error {
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.name = 'UploadRefused';
		this.code = code;
	}
}

const longestPauseMs = 8000;
/** A server that is reachable but refuses this often in a row will not do it later either. */
const busyAnswers = 5;
const unreachable = 'The connection is lost. What has arrived is kept; we try again by ourselves.';
const busy = 'The server is busy. What has arrived is kept; we try again by ourselves.';

async function refusalOf(response: Response): Promise<UploadRefused> {
	const fallback = `The server refused the import (${response.status}). Nothing was imported; try again.`;
	try {
		const body: { error?: { code?: unknown; message?: unknown } } = await response.json();
		const { code, message } = body.error ?? {};
		return new UploadRefused(typeof code === 'string' ? code : 'refused', typeof message === 'string' ? message : fallback);
	} catch {
		return new UploadRefused('refused', fallback);
	}
}

/**
 * One call that may be repeated: it is tried again, ever more slowly, for as long as the network is away and a few times while the server
 * is busy. Throws UploadRefused for an answer that would not change by asking again, and the signal's reason once it aborts.
 */
async function persistently<T>(path: string, body: unknown, hooks: UploadHooks): Promise<T> {
	for (let attempt = 0, refusals = 0; ; attempt += 1) {
		hooks.signal.throwIfAborted();
		let trouble = unreachable;
		try {
			const response = await hooks.fetch(path, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body ?? {}),
				signal: hooks.signal
			});
			if (response.ok) {
				const answer: T = await response.json();
				hooks.trouble(null);
				return answer;
			}
			const mayPass = response.status === 429 || (response.status >= 502 && response.status <= 504);
			refusals += 1;
			if (!mayPass || refusals === busyAnswers) throw await refusalOf(response);
			trouble = busy;
		} catch (error) {
			if (error instanceof UploadRefused) throw error;
			hooks.signal.throwIfAborted();
		}
		hooks.trouble(trouble);
		await hooks.pause(Math.min(longestPauseMs, 500 * 2 ** attempt), hooks.signal);
	}
}

/**
 * Stages all rows that `nextChunk` gives and commits them. Aborting the signal stops it at once; what is staged then waits to be cancelled
 * (`cancelUpload`). Throws UploadRefused, or the signal's reason.
 */
export async function upload(
	target: UploadTarget,
	nextChunk: (firstRow: number) => Promise<Chunk>,
	hooks: UploadHooks
): Promise<UploadResult> {
	const { id } = await persistently<ImportStatus>(
		'/api/imports',
		{
			org_id: target.orgId,
			resource: 'deals',
			file_name: target.fileName,
			total_rows: target.totalRows,
			options: { pipeline_id: target.pipelineId }
		},
		hooks
	);
	hooks.begun(id);
	let pending = nextChunk(0);
	for (let chunk = await pending; chunk.rows.length > 0; chunk = await pending) {
		const sent = chunk.firstRow + chunk.rows.length;
		// The next chunk is made while this one travels.
		pending = nextChunk(sent);
		await persistently<{ staged_rows: number }>(`/api/imports/${id}/rows`, { first_row: chunk.firstRow, rows: chunk.rows }, hooks);
		hooks.progress(sent);
	}
	hooks.committing();
	return persistently<UploadResult>(`/api/imports/${id}/commit`, {}, hooks);
}

/** Cancels an import: `committed` when it was too late and the deals exist. Retries like an upload. */
export async function cancelUpload(id: string, hooks: UploadHooks): Promise<UploadResult | 'cancelled'> {
	try {
		await persistently<ImportStatus>(`/api/imports/${id}/cancel`, {}, hooks);
		return 'cancelled';
	} catch (error) {
		if (!(error instanceof UploadRefused) || error.code !== 'import_closed') throw error;
		return persistently<UploadResult>(`/api/imports/${id}/commit`, {}, hooks);
	}
}
