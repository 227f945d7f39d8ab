import { beyond, pageOf, readCursor, within, type ListRange, type Page } from '$lib/records/cursor';
import { isRecordId } from '$lib/records/record-id';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

const pageSize = 50;
const linkedShown = 50;
const foundShown = 100;
const listColumns = 'id, first_name, last_name, email, phone, title, company_id, owner_id, created_at, companies(name)';

/** A contact as the list shows it. `companies` is null without a company, or with one the member may not see. */
export type ContactRow = {
	id: string;
	first_name: string;
	last_name: string;
	email: string | null;
	phone: string | null;
	title: string | null;
	company_id: string | null;
	owner_id: string | null;
	created_at: string;
	companies: { name: string } | null;
};

/** A page of the workspace's contacts, newest first. */
export async function listContacts(supabase: Supabase, { orgId, reach, after, before }: ListRange): Promise<Page<ContactRow>> {
	const direction = before ? 'newer' : 'older';
	const cursor = readCursor(before ?? after);
	const ascending = direction === 'newer' && cursor !== null;
	let query = supabase.from('contacts').select(listColumns).eq('org_id', orgId).is('deleted_at', null);
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

/** Contacts whose name or address holds a text, the most alike first; `cut` when there may be more. */
export async function findContacts(supabase: Supabase, orgId: string, query: string): Promise<Page<ContactRow> & { cut: boolean }> {
	const found = unwrap(await supabase.rpc('search_records', { org: orgId, query, kinds: ['contacts'], max: foundShown }));
	const place = new Map(found.map(({ id }, index) => [id, index]));
	const rows =
		found.length === 0
			? []
			: unwrap(
					await supabase
						.from('contacts')
						.select(listColumns)
						.eq('org_id', orgId)
						.in('id', [...place.keys()])
				);
	rows.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
	return { rows, older: null, newer: null, cut: found.length === foundShown };
}

/** A contact with the deals that name it (trashed ones not). Throws 404. */
export async function readContact(supabase: Supabase, orgId: string, id: string) {
	const missing = new AppError(404, 'not_found', 'This contact does not exist, or you may not see it.');
	if (!isRecordId(id)) throw missing;
	const [contact, deals] = await Promise.all([
		supabase
			.from('contacts')
			.select(`${listColumns}, description, version, updated_at, deleted_at`)
			.eq('org_id', orgId)
			.eq('id', id)
			.maybeSingle(),
		supabase
			.from('deals')
			.select('id, name, amount, currency, stages(name, kind)')
			.eq('org_id', orgId)
			.eq('contact_id', id)
			.is('deleted_at', null)
			.order('created_at', { ascending: false })
			.limit(linkedShown + 1)
	]);
	const row = unwrap(contact);
	if (!row) throw missing;
	const found = unwrap(deals);
	return { contact: row, deals: { rows: found.slice(0, linkedShown), more: found.length > linkedShown } };
}
