import { error } from '@sveltejs/kit';
import { accessMap } from '$lib/access/access';
import { forPage } from '$lib/server/answer';
import { config } from '$lib/server/config';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { rememberWorkspace } from '$lib/server/workspace';
import type { LayoutServerLoad } from './$types';

/** Who is here, in which workspace, with whom and with which rights: what every page of a workspace stands on. */
export const load: LayoutServerLoad = async (event) => {
	const user = requireUser(event);
	const { supabase } = event.locals;
	const { org: slug } = event.params;
	event.depends('app:workspace');

	return forPage(async () => {
		const workspaces = unwrap(await supabase.from('organizations').select('id, slug, name, currency').order('name'));
		const org = workspaces.find((workspace) => workspace.slug === slug);
		if (!org) error(404, { message: 'There is no such workspace, or you are not a member of it.', code: 'not_found' });

		const [membersAnswer, accessAnswer, teamsAnswer] = await Promise.all([
			supabase.from('members').select('user_id, status, profiles(full_name, email), roles(key)').eq('org_id', org.id),
			supabase.rpc('my_access', { org: org.id }),
			supabase.from('team_members').select('team_id, user_id').eq('org_id', org.id)
		]);
		const members = unwrap(membersAnswer)
			.map(({ user_id, status, profiles, roles }) => ({
				userId: user_id,
				name: profiles?.full_name || profiles?.email || 'Former member',
				email: profiles?.email ?? '',
				roleKey: roles?.key ?? '',
				status
			}))
			.sort((a, b) => a.name.localeCompare(b.name, 'en'));
		const me = members.find((member) => member.userId === user.id);
		const seats = unwrap(teamsAnswer);
		const myTeams = new Set(seats.filter((seat) => seat.user_id === user.id).map((seat) => seat.team_id));
		const teammates = new Set([user.id, ...seats.filter((seat) => myTeams.has(seat.team_id)).map((seat) => seat.user_id)]);

		rememberWorkspace(event.cookies, org.slug, event.request.url.startsWith('https:'));
		const { supabaseUrl, publishableKey } = config();
		return {
			org,
			me: { id: user.id, name: me?.name ?? user.email, email: user.email, roleKey: me?.roleKey ?? '', teammates: [...teammates] },
			members,
			workspaces: workspaces.map(({ slug, name }) => ({ slug, name })),
			access: accessMap(unwrap(accessAnswer)),
			realtime: { url: supabaseUrl, key: publishableKey }
		};
	});
};
