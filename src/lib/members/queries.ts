import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { invitationState } from './model';

/** Everybody in a workspace with role and teams, by name. */
export async function readMembers(supabase: Supabase, orgId: string) {
	const [members, seats] = await Promise.all([
		supabase
			.from('members')
			.select(
				'user_id, status, role_id, created_at, profiles!members_user_id_fkey(full_name, email, title), roles!members_role_fkey(key, name)'
			)
			.eq('org_id', orgId),
		supabase.from('team_members').select('user_id, is_lead, teams!team_members_team_fkey(id, name)').eq('org_id', orgId)
	]);
	const teams = Map.groupBy(unwrap(seats), ({ user_id }) => user_id);
	return unwrap(members)
		.map((member) => ({
			userId: member.user_id,
			name: member.profiles?.full_name || member.profiles?.email || 'Former member',
			email: member.profiles?.email ?? '',
			title: member.profiles?.title ?? '',
			status: member.status,
			roleId: member.role_id,
			roleKey: member.roles?.key ?? '',
			roleName: member.roles?.name ?? '',
			since: member.created_at,
			teams: (teams.get(member.user_id) ?? []).map(({ teams: team, is_lead }) => ({ id: team.id, name: team.name, isLead: is_lead }))
		}))
		.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

export type MemberRow = Awaited<ReturnType<typeof readMembers>>[number];

/** Invitations that are open or ran out, the newest first. Empty for members who may not invite. */
export async function readInvitations(supabase: Supabase, orgId: string) {
	const rows = unwrap(
		await supabase
			.from('invitations')
			.select('id, email, status, expires_at, sent_at, times_sent, roles!invitations_role_fkey(name), teams!invitations_team_fkey(name)')
			.eq('org_id', orgId)
			.eq('status', 'open')
			.order('created_at', { ascending: false })
			.limit(200)
	);
	return rows.map(({ roles, teams, status, ...row }) => ({
		...row,
		state: invitationState(status, row.expires_at),
		role: roles.name,
		team: teams?.name ?? null
	}));
}

export type InvitationRow = Awaited<ReturnType<typeof readInvitations>>[number];
