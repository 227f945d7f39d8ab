import { saveForm, textsOf } from '$lib/records/actions';
import { nameIn, namesOfPeople } from '$lib/records/names';
import type { RecordStore } from '$lib/records/save';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { companyFields } from './fields';
import { companyForm, type CompanyValues } from './model';

const columns = 'id, name, domain, industry, phone, city, country, owner_id, description, version, updated_at';

type Company = CompanyValues & { id: string; version: number; updated_at: string };

/** Makes a company of a form; returns its id. Throws AppError. */
export async function createCompany(supabase: Supabase, orgId: string, form: FormData): Promise<string> {
	const values = parse(companyForm, textsOf(form));
	return unwrap(
		await supabase
			.from('companies')
			.insert({ ...values, org_id: orgId })
			.select('id')
			.single()
	).id;
}

/** Saves a company's form; see `saveForm`. */
export function saveCompany(supabase: Supabase, orgId: string, id: string, form: FormData) {
	return saveForm(form, {
		fields: companyFields,
		schema: companyForm,
		store: companyStore(supabase, orgId, id),
		texts: async (row, mine) => {
			const people = await namesOfPeople(supabase, [row.owner_id, mine.owner_id]);
			return { text: (name, value) => (name === 'owner_id' ? nameIn(people, value, 'Former member') : String(value ?? '')) };
		}
	});
}

/** Makes the caller the owner of a company that nobody owns. Throws 409 when somebody was faster or the role does not allow it. */
export async function claimCompany(supabase: Supabase, orgId: string, id: string, userId: string): Promise<void> {
	const claimed = unwrap(
		await supabase.from('companies').update({ owner_id: userId }).eq('org_id', orgId).eq('id', id).is('owner_id', null).select('id')
	);
	if (claimed.length === 0) throw new AppError(409, 'not_claimed', 'Somebody else took it over first, or your role does not allow it.');
}

function companyStore(supabase: Supabase, orgId: string, id: string): RecordStore<Company, CompanyValues> {
	return {
		write: async (changes, version) =>
			unwrap(
				await supabase
					.from('companies')
					.update(changes)
					.eq('org_id', orgId)
					.eq('id', id)
					.eq('version', version)
					.select(columns)
					.maybeSingle()
			),
		read: async () => unwrap(await supabase.from('companies').select(columns).eq('org_id', orgId).eq('id', id).maybeSingle())
	};
}
