import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '$lib/database.types';
import { unwrap } from '$lib/server/errors';
import type { ImportChunk, NewImport } from './model';
import { importStatus, readRefusedRows } from './queries';
import type { ImportStatus, RefusedRow } from './status';

type Supabase = SupabaseClient<Database>;

/** Begins an import; nothing but its own row exists until it is committed. */
export async function createImport(supabase: Supabase, input: NewImport): Promise<ImportStatus> {
	return importStatus(unwrap(await supabase.from('imports').insert(input).select().single()));
}

/** Stages consecutive rows; the same chunk may come twice. Returns how many rows are staged now. */
export async function stageRows(supabase: Supabase, id: string, chunk: ImportChunk): Promise<{ staged_rows: number }> {
	return { staged_rows: unwrap(await supabase.rpc('stage_import_rows', { import: id, first_row: chunk.first_row, rows: chunk.rows })) };
}

/** Takes every row it can in one transaction; asked twice, it answers the same. The rest come back with their reasons. */
export async function commitImport(supabase: Supabase, id: string): Promise<{ import: ImportStatus; refused: RefusedRow[] }> {
	const done = importStatus(unwrap(await supabase.rpc('commit_import', { import: id })));
	return { import: done, refused: done.refused_rows > 0 ? await readRefusedRows(supabase, id) : [] };
}

/** Forgets the staged rows. Throws 400 `import_closed` when the import is committed already. */
export async function cancelImport(supabase: Supabase, id: string): Promise<ImportStatus> {
	return importStatus(unwrap(await supabase.rpc('cancel_import', { import: id })));
}
