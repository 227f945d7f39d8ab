import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '$lib/database.types';
import { AppError, unwrap } from '$lib/server/errors';
import type { ImportStatus, RefusedRow } from './status';

type Supabase = SupabaseClient<Database>;

const columns = 'id, status, total_rows, staged_rows, taken_rows, refused_rows';

/** A row of `imports` as the endpoints answer it. */
export function importStatus(row: Omit<ImportStatus, 'status'> & { status: string }): ImportStatus {
	const { id, status, total_rows, staged_rows, taken_rows, refused_rows } = row;
	if (status !== 'staging' && status !== 'ready' && status !== 'committed' && status !== 'cancelled') {
		throw new AppError(500, 'unexpected', `The import is in the unknown state “${status}”.`);
	}
	return { id, status, total_rows, staged_rows, taken_rows, refused_rows };
}

/** One import of the caller. Throws 404 when there is none. */
export async function readImport(supabase: Supabase, id: string): Promise<ImportStatus> {
	return importStatus(unwrap(await supabase.from('imports').select(columns).eq('id', id).single()));
}

/** The rows of a committed import that the database refused, at most 50,000, in the order of the file. */
export async function readRefusedRows(supabase: Supabase, id: string): Promise<RefusedRow[]> {
	const pageSize = 1000;
	const refused: RefusedRow[] = [];
	for (let after = -1; ; after = refused.at(-1)?.row_no ?? after) {
		const page = unwrap(
			await supabase
				.from('import_rows')
				.select('row_no, error')
				.eq('import_id', id)
				.not('error', 'is', null)
				.gt('row_no', after)
				.order('row_no')
				.limit(pageSize)
		);
		for (const { row_no, error } of page) refused.push({ row_no, error: error ?? '' });
		if (page.length < pageSize) return refused;
	}
}

/** The workspace's pipelines with their stages in board order: where imported deals can go. */
export async function readPipelines(supabase: Supabase, orgId: string) {
	return unwrap(
		await supabase
			.from('pipelines')
			.select('id, name, is_default, stages(id, name, kind)')
			.eq('org_id', orgId)
			.order('position')
			.order('position', { referencedTable: 'stages' })
	);
}
