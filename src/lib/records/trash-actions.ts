import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import type { Findable } from './search';

/** Puts one record into the trash. Throws 403 when it did not move: no right, or already there. */
export async function moveToTrash(supabase: Supabase, resource: Findable, id: string): Promise<void> {
	const moved = unwrap(await supabase.rpc('trash_records', { resource, ids: [id] }));
	if (moved.length === 0)
		throw new AppError(403, 'forbidden', 'Your role does not allow deleting this. Ask a manager or an admin of the workspace.');
}

/** Takes one record out of the trash. Throws 403 when it did not move. */
export async function restoreFromTrash(supabase: Supabase, resource: Findable, id: string): Promise<void> {
	const moved = unwrap(await supabase.rpc('restore_records', { resource, ids: [id] }));
	if (moved.length === 0)
		throw new AppError(403, 'forbidden', 'Your role does not allow restoring this. Ask a manager or an admin of the workspace.');
}
