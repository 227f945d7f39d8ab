import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

type Names = Map<string, string>;

/** Names of people by user id, for texts that must not show ids. */
export async function namesOfPeople(supabase: Supabase, ids: (string | null | undefined)[]): Promise<Names> {
	const wanted = ids.filter((id) => typeof id === 'string');
	if (wanted.length === 0) return new Map();
	const rows = unwrap(await supabase.from('profiles').select('id, full_name, email').in('id', wanted));
	return new Map(rows.map(({ id, full_name, email }) => [id, full_name || email]));
}

/** Names of companies by id. */
export async function namesOfCompanies(supabase: Supabase, orgId: string, ids: (string | null | undefined)[]): Promise<Names> {
	const wanted = ids.filter((id) => typeof id === 'string');
	if (wanted.length === 0) return new Map();
	const rows = unwrap(await supabase.from('companies').select('id, name').eq('org_id', orgId).in('id', wanted));
	return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The name behind an id: empty for none, `unknown` where nobody may tell. */
export function nameIn(names: Names, id: unknown, unknown: string): string {
	return typeof id === 'string' && id !== '' ? (names.get(id) ?? unknown) : '';
}
