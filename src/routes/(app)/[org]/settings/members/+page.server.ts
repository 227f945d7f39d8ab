import { redirect, type RequestEvent } from '@sveltejs/kit';
import { changeRole, changeStatus, invite, removeMember, resendInvitation, revokeInvitation } from '$lib/members/actions';
import { readInvitations, readMembers } from '$lib/members/queries';
import { forForm, forPage } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { openWorkspace, type OpenWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		const { supabase } = event.locals;
		const [people, invitations, roles, teams, owner] = await Promise.all([
			readMembers(supabase, org.id),
			readInvitations(supabase, org.id),
			supabase.from('roles').select('id, key, name, may_give').eq('org_id', org.id).order('created_at').order('id'),
			supabase.from('teams').select('id, name').eq('org_id', org.id).order('name'),
			supabase.from('organizations').select('owner_id').eq('id', org.id).single()
		]);
		return { people, invitations, roles: unwrap(roles), teams: unwrap(teams), ownerId: unwrap(owner).owner_id };
	});
};

/** Who signs the letters of invitation. */
async function inviterOf(event: Pick<RequestEvent, 'locals' | 'url'>, org: OpenWorkspace['org']) {
	const user = requireUser(event);
	const profile = unwrap(await event.locals.supabase.from('profiles').select('full_name, email').eq('id', user.id).single());
	return { workspace: org.name, inviter: profile.full_name, inviterEmail: profile.email, origin: event.url.origin };
}

export const actions: Actions = {
	invite: async (event) => {
		const form = await event.request.formData();
		const kept = {
			inviting: true,
			emails: String(form.get('emails') ?? ''),
			role: String(form.get('role') ?? ''),
			team: String(form.get('team') ?? '')
		};
		return forForm(kept, async () => {
			const { org } = await openWorkspace(event);
			return { invited: await invite(event.locals.supabase, org.id, form, await inviterOf(event, org)) };
		});
	},
	resend: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await resendInvitation(event.locals.supabase, String(form.get('invitation')), await inviterOf(event, org));
			return { done: 'Sent again' };
		});
	},
	revoke: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			await revokeInvitation(event.locals.supabase, String(form.get('invitation')));
			return { done: 'Invitation withdrawn' };
		});
	},
	role: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await changeRole(event.locals.supabase, org.id, form);
			return { done: 'Role changed' };
		});
	},
	status: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await changeStatus(event.locals.supabase, org.id, form);
			return { done: form.get('status') === 'suspended' ? 'Suspended' : 'Active again' };
		});
	},
	remove: async (event) => {
		const user = requireUser(event);
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			const given = await removeMember(event.locals.supabase, org.id, form);
			if (form.get('user') === user.id) redirect(303, '/');
			return { done: given > 0 ? `Removed; ${given} ${given === 1 ? 'record has' : 'records have'} a new owner` : 'Removed' };
		});
	}
};
