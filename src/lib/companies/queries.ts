import { beyond, pageOf, readCursor, within, type ListRange, type Page } from '$lib/records/cursor';
import { isRecordId } from '$lib/records/record-id';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

const pageSize = 50;
const linkedShown = 50;
const foundShown = 100;
const listColumns = 'id, name, domain, industry, city, country, owner_id, created_at';

/** A company as the list shows it. */
export type CompanyRow = {
	id: string;
	name: string;
	domain: string | null;
	industry: string | null;
	city: string | null;
	country: string | null;
	owner_id: string | null;
	created_at: string;
};

/** A page of the workspace's companies, newest first. */
export async function listCompanies(supabase: Supabase, { orgId, reach, after, before }: ListRange): Promise<Page<CompanyRow>> {
	const direction = before ? 'newer' : 'older';
	const cursor = readCursor(before ?? after);
	const ascending = direction === 'newer' && cursor !== null;
	let query = supabase.from('companies').select(listColumns).eq('org_id', orgId).is('deleted_at', null);
	if (reach) query = query.or(within(reach));
	if (cursor)
		query = (ascending ? query.gte('created_at', cursor.createdAt) : query.lte('created_at', cursor.createdAt)).or(
			beyond(cursor, direction)
		);
	const rows = unwrap(
		await query
			.order('created_at', { ascending })
			.order('id', { ascending })
			.limit(pageSize + 1)
	);
	return pageOf(rows, pageSize, cursor && { cursor, direction });
}

/** Companies whose name holds a text, the most alike first; `cut` when there may be more. */
export async function findCompanies(supabase: Supabase, orgId: string, query: string): Promise<Page<CompanyRow> & { cut: boolean }> {
	const found = unwrap(await supabase.rpc('search_records', { org: orgId, query, kinds: ['companies'], max: foundShown }));
	const place = new Map(found.map(({ id }, index) => [id, index]));
	const rows =
		found.length === 0
			? []
			: unwrap(
					await supabase
						.from('companies')
						.select(listColumns)
						.eq('org_id', orgId)
						.in('id', [...place.keys()])
				);
	rows.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
	return { rows, older: null, newer: null, cut: found.length === foundShown };
}

/** A company with the contacts and deals that hang on it (trashed ones not). Throws 404. */
export async function readCompany(supabase: Supabase, orgId: string, id: string) {
	const missing = new AppError(404, 'not_found', 'This company does not exist, or you may not see it.');
	if (!isRecordId(id)) throw missing;
	const [company, contacts, deals] = await Promise.all([
		supabase
			.from('companies')
			.select(`${listColumns}, phone, description, version, updated_at, deleted_at`)
			.eq('org_id', orgId)
			.eq('id', id)
			.maybeSingle(),
		supabase
			.from('contacts')
			.select('id, first_name, last_name, email, title')
			.eq('org_id', orgId)
			.eq('company_id', id)
			.is('deleted_at', null)
			.order('created_at', { ascending: false })
			.limit(linkedShown + 1),
		supabase
			.from('deals')
			.select('id, name, amount, currency, stages(name, kind)')
			.eq('org_id', orgId)
			.eq('company_id', id)
			.is('deleted_at', null)
			.order('created_at', { ascending: false })
			.limit(linkedShown + 1)
	]);
	const row = unwrap(company);
	if (!row) throw missing;
	return { company: row, contacts: shown(unwrap(contacts)), deals: shown(unwrap(deals)) };
}

function shown<T>(rows: T[]): { rows: T[]; more: boolean } {
	return { rows: rows.slice(0, linkedShown), more: rows.length > linkedShown };
}
