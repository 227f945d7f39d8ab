/**
 * A message of the workspace channel: which rows of a table changed, never their content. A statement that changed very many rows
 * sends their `count` only.
 */
export type Change = {
	table: string;
	op: 'insert' | 'update' | 'delete';
	rows: { id: string; version: number }[];
	/** Set in place of `rows` when there were too many to name. */
	count: number | null;
	/** The user who did it, for "moved by"; null for jobs. */
	actor: string | null;
	/** The id of the request that did it, by which a tab knows its own echo. */
	requestId: string | null;
};

const ops = ['insert', 'update', 'delete'] as const;

function record(value: unknown): Record<string, unknown> | null {
	return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : null;
}

/** Reads a broadcast payload; null for what is not one of ours. */
export function readChange(payload: unknown): Change | null {
	const message = record(payload);
	const op = ops.find((each) => each === message?.['op']);
	if (!message || !op || typeof message['table'] !== 'string') return null;
	const named = Array.isArray(message['rows']) ? message['rows'] : null;
	const rows = (named ?? []).flatMap((value: unknown) => {
		const row = record(value);
		return typeof row?.['id'] === 'string' ? [{ id: row['id'], version: Number(row['version'] ?? 0) }] : [];
	});
	return {
		table: message['table'],
		op,
		rows,
		count: named ? null : Number(message['count'] ?? 0),
		actor: typeof message['actor'] === 'string' ? message['actor'] : null,
		requestId: typeof message['request_id'] === 'string' ? message['request_id'] : null
	};
}
