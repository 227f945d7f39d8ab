import type { Findable } from '$lib/records/search';
import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import type { Reader, Reason, RecordAccess } from './model';

const reasons: readonly string[] = ['role', 'owner', 'team', 'share', 'team_share'] satisfies Reason[];
const isReason = (text: string): text is Reason => reasons.includes(text);

/** Who sees a record and why, with whom it is shared, and whether the caller may share it. Throws when the caller does not see it. */
export async function readAccess(supabase: Supabase, resource: Findable, id: string): Promise<RecordAccess> {
	const [people, shares, mayShare, teams] = await Promise.all([
		supabase.rpc('who_can_see', { resource, record: id }),
		supabase
			.from('shares')
			.select('id, org_id, user_id, team_id, access, expires_at')
			.eq('resource', resource)
			.eq('record_id', id)
			.order('created_at'),
		supabase.rpc('may_share', { resource, record: id }),
		supabase.from('teams').select('id, name, org_id').order('name')
	]);
	const org = unwrap(await supabase.from(resource).select('org_id').eq('id', id).maybeSingle())?.org_id;
	const readers = unwrap(people).flatMap(({ user_id, full_name, role, reason, may_edit }): Reader[] =>
		isReason(reason) ? [{ userId: user_id, name: full_name, role, reason, mayEdit: may_edit }] : []
	);
	return {
		readers,
		shares: unwrap(shares).map(({ id: share, user_id, team_id, access, expires_at }) => ({
			id: share,
			userId: user_id,
			teamId: team_id,
			access: access === 'edit' ? 'edit' : 'read',
			expiresAt: expires_at
		})),
		mayShare: unwrap(mayShare),
		teams: unwrap(teams).filter(({ org_id }) => org_id === org)
	};
}
