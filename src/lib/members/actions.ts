import { z } from 'zod';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import { send } from '$lib/server/mail';
import type { Supabase } from '$lib/server/supabase';
import { invitationLetter } from './letters';
import { inviteForm, type InviteOutcome } from './model';

/** Who invites whom into what: for the letters. */
export type Inviter = { workspace: string; inviter: string; inviterEmail: string; origin: string };

const outcomes: readonly string[] = ['invited', 'already_member', 'already_invited', 'not_an_address'] satisfies InviteOutcome[];
const isOutcome = (text: string): text is InviteOutcome => outcomes.includes(text);

/** Invites people and sends the letters. An invitation whose letter fails stays and can be sent again; the error says so. */
export async function invite(supabase: Supabase, orgId: string, form: FormData, by: Inviter) {
	const { emails, role, team } = parse(inviteForm, Object.fromEntries(form));
	const made = unwrap(await supabase.rpc('invite_members', { org: orgId, emails, role, ...(team ? { team } : {}) }));
	await send(made.flatMap(({ email, token }) => (token ? [invitationLetter({ to: email, token, ...by })] : [])));
	return made.flatMap(({ email, outcome }) => (isOutcome(outcome) ? [{ email, outcome }] : []));
}

/** Sends an invitation again, with a new link. */
export async function resendInvitation(supabase: Supabase, id: string, by: Inviter): Promise<void> {
	const [letter] = unwrap(await supabase.rpc('resend_invitation', { invitation: id }));
	if (letter) await send([invitationLetter({ to: letter.email, token: letter.token, ...by })]);
}

export async function revokeInvitation(supabase: Supabase, id: string): Promise<void> {
	unwrap(await supabase.rpc('revoke_invitation', { invitation: id }));
}

const roleForm = z.object({ user: z.guid(), role: z.guid('Choose a role.') });
const statusForm = z.object({ user: z.guid(), status: z.enum(['active', 'suspended']) });
const removeForm = z.object({ user: z.guid(), reassign_to: z.union([z.guid(), z.literal('')]) });
const memberForm = z.object({ user: z.guid() });

function changed(rows: unknown[]): void {
	if (rows.length === 0)
		throw new AppError(403, 'forbidden', 'Your role does not allow you to change this member. Ask an admin of the workspace.');
}

export async function changeRole(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { user, role } = parse(roleForm, Object.fromEntries(form));
	changed(unwrap(await supabase.from('members').update({ role_id: role }).eq('org_id', orgId).eq('user_id', user).select('id')));
}

/** Suspends a member, who then sees nothing of the workspace and keeps the records, or lets them in again. */
export async function changeStatus(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { user, status } = parse(statusForm, Object.fromEntries(form));
	changed(unwrap(await supabase.from('members').update({ status }).eq('org_id', orgId).eq('user_id', user).select('id')));
}

/** Removes a member; their records go to somebody else, or to nobody. Returns how many went. */
export async function removeMember(supabase: Supabase, orgId: string, form: FormData): Promise<number> {
	const { user, reassign_to } = parse(removeForm, Object.fromEntries(form));
	return unwrap(await supabase.rpc('remove_member', { org: orgId, member: user, ...(reassign_to ? { reassign_to } : {}) }));
}

/** Hands the workspace over to another admin. */
export async function transferWorkspace(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { user } = parse(memberForm, Object.fromEntries(form));
	unwrap(await supabase.rpc('transfer_workspace', { org: orgId, new_owner: user }));
}
