import { z } from 'zod';
import { importLimits } from './limits';

/** The largest body a chunk may come in: the adapter's own limit is the same. */
export const largestBodyBytes = 512 * 1024;

/** What begins an import. `options` is kept with it and shown in its history. */
export const newImport = z.strictObject({
	org_id: z.guid(),
	resource: z.literal('deals', 'Only deals can be imported.'),
	file_name: z.string().transform((name) => Array.from(name.toWellFormed()).slice(-255).join('')),
	total_rows: z
		.int()
		.min(1, 'There is no row to import.')
		.max(importLimits.rows, `At most ${importLimits.rows.toLocaleString('en')} rows can be imported at once.`),
	options: z.strictObject({ pipeline_id: z.guid() })
});

// The shape only: what a value must be is checked once more by the database when it takes the row, row by row.
const text = z.string().max(1000).nullable();
const dealRow = z.strictObject({
	name: text,
	company: text,
	stage_id: text,
	amount: text,
	currency: text,
	owner_id: text,
	expected_close: text,
	created_at: text
});

/** Consecutive rows of an import; `first_row` counts them from 0, and sending the same again replaces them. */
export const importChunk = z.strictObject({
	first_row: z.int().min(0).max(importLimits.rows),
	rows: z.array(dealRow).min(1).max(importLimits.chunkRows, `A chunk has at most ${importLimits.chunkRows} rows.`)
});

export type NewImport = z.output<typeof newImport>;
export type ImportChunk = z.output<typeof importChunk>;
