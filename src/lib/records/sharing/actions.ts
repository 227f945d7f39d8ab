import type { z } from 'zod';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import type { shareForm } from './model';

/** Shows a record to a member or a team; shared already, what they may do and until when is changed. */
export async function share(supabase: Supabase, input: z.output<typeof shareForm>): Promise<void> {
	const { resource, id, member, team, access, expires_at } = input;
	const record = unwrap(await supabase.from(resource).select('org_id').eq('id', id).maybeSingle());
	if (!record) throw new AppError(404, 'not_found', 'This record does not exist any more, or you may not see it.');
	const whom = { org_id: record.org_id, resource, record_id: id, user_id: member ?? null, team_id: team ?? null };
	const known = supabase.from('shares').update({ access, expires_at }).match({ org_id: record.org_id, resource, record_id: id });
	const changed = unwrap(await (member ? known.eq('user_id', member) : known.eq('team_id', team ?? '')).select('id'));
	if (changed.length === 0)
		unwrap(
			await supabase
				.from('shares')
				.insert({ ...whom, access, expires_at })
				.select('id')
		);
}

/** Ends a share. */
export async function unshare(supabase: Supabase, id: string): Promise<void> {
	const gone = unwrap(await supabase.from('shares').delete().eq('id', id).select('id'));
	if (gone.length === 0) throw new AppError(404, 'not_found', 'It is no longer shared, or it is not yours to change.');
}
