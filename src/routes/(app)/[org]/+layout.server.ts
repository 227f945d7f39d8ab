import { photoUrl } from '$lib/account/photo';
import { forPage } from '$lib/server/answer';
import { config } from '$lib/server/config';
import { unwrap } from '$lib/server/errors';
import { formattingOf } from '$lib/server/formatting';
import { requireUser } from '$lib/server/guards';
import { openWorkspace, rememberWorkspace, teammatesOf } from '$lib/server/workspace';
import type { LayoutServerLoad } from './$types';

/** Milliseconds until the first of these shares runs out; null when none does. A span, so that the browser's clock may be wrong. */
function firstEnd(shares: { ends_at: string | null }[]): number | null {
	// The generated type does not know that shares without an end have none.
	const ends = shares.flatMap(({ ends_at }) => (ends_at === null ? [] : [Date.parse(ends_at)]));
	return ends.length > 0 ? Math.min(...ends) - Date.now() : null;
}

/** Who is here, in which workspace, with whom and with which rights: what every page of a workspace stands on. */
export const load: LayoutServerLoad = async (event) => {
	const user = requireUser(event);
	const { supabase } = event.locals;
	event.depends('app:workspace');

	return forPage(async () => {
		const { org, roleKey, access } = await openWorkspace(event);
		const [membersAnswer, workspacesAnswer, teammates, shared] = await Promise.all([
			supabase
				.from('members')
				.select(
					'user_id, status, profiles!members_user_id_fkey(full_name, email, photo_path, time_zone, locale), roles!members_role_fkey(key)'
				)
				.eq('org_id', org.id),
			supabase.from('organizations').select('slug, name').order('name'),
			teammatesOf(supabase, org.id, user.id),
			supabase.rpc('shared_with_me', { org: org.id })
		]);
		const people = unwrap(membersAnswer);
		const members = people
			.map(({ user_id, status, profiles, roles }) => ({
				userId: user_id,
				name: profiles?.full_name || profiles?.email || 'Former member',
				email: profiles?.email ?? '',
				photo: photoUrl(user_id, profiles?.photo_path ?? null),
				roleKey: roles?.key ?? '',
				status
			}))
			.sort((a, b) => a.name.localeCompare(b.name, 'en'));

		rememberWorkspace(event.cookies, org.slug, event.request.url.startsWith('https:'));
		const { supabaseUrl, publishableKey } = config();
		return {
			org,
			me: {
				id: user.id,
				name: members.find((member) => member.userId === user.id)?.name ?? user.email,
				email: members.find((member) => member.userId === user.id)?.email ?? user.email,
				photo: members.find((member) => member.userId === user.id)?.photo ?? null,
				roleKey,
				teammates,
				sharedToEdit: unwrap(shared)
					.filter(({ may_edit }) => may_edit)
					.map(({ record_id }) => record_id)
			},
			sharesEndInMs: firstEnd(unwrap(shared)),
			formatting: formattingOf(event.cookies, people.find(({ user_id }) => user_id === user.id)?.profiles),
			members,
			workspaces: unwrap(workspacesAnswer),
			access,
			realtime: { url: supabaseUrl, key: publishableKey },
			viewAs: event.locals.viewAs && { name: members.find((member) => member.userId === user.id)?.name ?? 'a former member' }
		};
	});
};
