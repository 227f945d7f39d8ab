import { forForm, forPage } from '$lib/server/answer';
import { openWorkspace } from '$lib/server/workspace';
import { chooseLead, createTeam, deleteTeam, joinTeam, leaveTeam, renameTeam } from '$lib/teams/actions';
import { readTeams } from '$lib/teams/queries';
import type { Action, Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		return { teams: await readTeams(event.locals.supabase, org.id) };
	});
};

type Act = typeof createTeam;

/** A form about one team: what was posted, done in this workspace. */
const about =
	(act: Act, done: string): Action =>
	async (event) => {
		const form = await event.request.formData();
		const kept = { team: String(form.get('team') ?? ''), name: String(form.get('name') ?? '') };
		return forForm(kept, async () => {
			const { org } = await openWorkspace(event);
			await act(event.locals.supabase, org.id, form);
			return { done };
		});
	};

export const actions = {
	create: about(createTeam, 'Team added'),
	rename: about(renameTeam, 'Team renamed'),
	remove: about(deleteTeam, 'Team removed'),
	join: about(joinTeam, 'Added to the team'),
	leave: about(leaveTeam, 'Taken out of the team'),
	lead: about(chooseLead, 'Saved')
} satisfies Actions;
