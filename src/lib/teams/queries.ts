import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

/** The teams of a workspace with who is in them, leads first, by name. */
export async function readTeams(supabase: Supabase, orgId: string) {
	const rows = unwrap(await supabase.from('teams').select('id, name, team_members(user_id, is_lead)').eq('org_id', orgId).order('name'));
	return rows.map(({ id, name, team_members }) => ({
		id,
		name,
		members: team_members.map(({ user_id, is_lead }) => ({ userId: user_id, isLead: is_lead }))
	}));
}

export type TeamRow = Awaited<ReturnType<typeof readTeams>>[number];
