import { z } from 'zod';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

const nameForm = z.object({ name: z.string().trim().min(1, 'Give the team a name.').max(60, 'At most 60 characters.') });
const renameForm = nameForm.extend({ team: z.guid() });
const teamForm = z.object({ team: z.guid() });
const seatForm = z.object({ team: z.guid(), user: z.guid('Choose somebody.') });

const refused = () => new AppError(403, 'forbidden', 'Your role does not allow you to change teams. Ask an admin of the workspace.');

export async function createTeam(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { name } = parse(nameForm, Object.fromEntries(form));
	unwrap(await supabase.from('teams').insert({ org_id: orgId, name }).select('id'));
}

export async function renameTeam(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { team, name } = parse(renameForm, Object.fromEntries(form));
	if (unwrap(await supabase.from('teams').update({ name }).eq('org_id', orgId).eq('id', team).select('id')).length === 0) throw refused();
}

/** Removes a team; its members stay, and what reached them through it no longer does. */
export async function deleteTeam(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { team } = parse(teamForm, Object.fromEntries(form));
	if (unwrap(await supabase.from('teams').delete().eq('org_id', orgId).eq('id', team).select('id')).length === 0) throw refused();
}

export async function joinTeam(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { team, user } = parse(seatForm, Object.fromEntries(form));
	unwrap(await supabase.from('team_members').insert({ org_id: orgId, team_id: team, user_id: user }).select('user_id'));
}

export async function leaveTeam(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { team, user } = parse(seatForm, Object.fromEntries(form));
	const gone = await supabase.from('team_members').delete().eq('org_id', orgId).eq('team_id', team).eq('user_id', user).select('user_id');
	if (unwrap(gone).length === 0) throw refused();
}

export async function chooseLead(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { team, user } = parse(seatForm, Object.fromEntries(form));
	const is_lead = form.get('lead') === 'true';
	const done = await supabase
		.from('team_members')
		.update({ is_lead })
		.eq('org_id', orgId)
		.eq('team_id', team)
		.eq('user_id', user)
		.select('user_id');
	if (unwrap(done).length === 0) throw refused();
}
