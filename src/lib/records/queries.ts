import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { titlesFirst, type Findable, type Found } from './search';

const most = 20;

/** Records that a text finds, at most 20, those called so first. Without a text: the newest of each kind, to choose from. */
export async function findRecords(
	supabase: Supabase,
	orgId: string,
	query: string,
	kinds: readonly Findable[],
	signal: AbortSignal
): Promise<Found[]> {
	if (query === '') return (await Promise.all(kinds.map((kind) => newest(supabase, orgId, kind)))).flat().slice(0, most);
	const rows = unwrap(await supabase.rpc('search_records', { org: orgId, query, kinds: [...kinds], max: most }).abortSignal(signal));
	const found = rows.flatMap(({ resource, id, title, subtitle }) => {
		const kind = kinds.find((each) => each === resource);
		return kind ? [{ resource: kind, id, title, subtitle: subtitle ?? '' }] : [];
	});
	return titlesFirst(found, query);
}

async function newest(supabase: Supabase, orgId: string, kind: Findable): Promise<Found[]> {
	const newestFirst = { ascending: false };
	switch (kind) {
		case 'companies': {
			const rows = unwrap(
				await supabase
					.from('companies')
					.select('id, name, domain')
					.eq('org_id', orgId)
					.is('deleted_at', null)
					.order('created_at', newestFirst)
					.limit(most)
			);
			return rows.map(({ id, name, domain }) => ({ resource: kind, id, title: name, subtitle: domain ?? '' }));
		}
		case 'contacts': {
			const rows = unwrap(
				await supabase
					.from('contacts')
					.select('id, first_name, last_name, email')
					.eq('org_id', orgId)
					.is('deleted_at', null)
					.order('created_at', newestFirst)
					.limit(most)
			);
			return rows.map(({ id, first_name, last_name, email }) => ({
				resource: kind,
				id,
				title: `${first_name} ${last_name}`.trim() || (email ?? ''),
				subtitle: email ?? ''
			}));
		}
		case 'deals': {
			const rows = unwrap(
				await supabase
					.from('deals')
					.select('id, name, stages(name)')
					.eq('org_id', orgId)
					.is('deleted_at', null)
					.order('created_at', newestFirst)
					.limit(most)
			);
			return rows.map(({ id, name, stages }) => ({ resource: kind, id, title: name, subtitle: stages?.name ?? '' }));
		}
	}
}
