import { saveForm, textsOf } from '$lib/records/actions';
import { linkedName } from '$lib/records/linked-name';
import { nameIn, namesOfCompanies, namesOfPeople } from '$lib/records/names';
import type { RecordStore } from '$lib/records/save';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { contactFields } from './fields';
import { contactForm, type ContactValues } from './model';

const columns = 'id, first_name, last_name, email, phone, title, company_id, owner_id, description, version, updated_at';

type Contact = ContactValues & { id: string; version: number; updated_at: string };

/** Makes a contact of a form; returns its id. Throws AppError. */
export async function createContact(supabase: Supabase, orgId: string, form: FormData): Promise<string> {
	const values = parse(contactForm, textsOf(form));
	return unwrap(
		await supabase
			.from('contacts')
			.insert({ ...values, org_id: orgId })
			.select('id')
			.single()
	).id;
}

/** Saves a contact's form; see `saveForm`. */
export function saveContact(supabase: Supabase, orgId: string, id: string, form: FormData) {
	return saveForm(form, {
		fields: contactFields,
		schema: contactForm,
		store: contactStore(supabase, orgId, id),
		texts: async (row, mine) => {
			const [people, companies] = await Promise.all([
				namesOfPeople(supabase, [row.owner_id, mine.owner_id]),
				namesOfCompanies(supabase, orgId, [row.company_id, mine.company_id])
			]);
			return {
				text: (name, value) => {
					const id = String(value ?? '');
					if (name === 'owner_id') return nameIn(people, id, 'Former member');
					if (name === 'company_id') return linkedName('company', id, companies.get(id));
					return id;
				}
			};
		}
	});
}

/** Makes the caller the owner of a contact that nobody owns. Throws 409 when somebody was faster or the role does not allow it. */
export async function claimContact(supabase: Supabase, orgId: string, id: string, userId: string): Promise<void> {
	const claimed = unwrap(
		await supabase.from('contacts').update({ owner_id: userId }).eq('org_id', orgId).eq('id', id).is('owner_id', null).select('id')
	);
	if (claimed.length === 0) throw new AppError(409, 'not_claimed', 'Somebody else took it over first, or your role does not allow it.');
}

function contactStore(supabase: Supabase, orgId: string, id: string): RecordStore<Contact, ContactValues> {
	return {
		write: async (changes, version) =>
			unwrap(
				await supabase
					.from('contacts')
					.update(changes)
					.eq('org_id', orgId)
					.eq('id', id)
					.eq('version', version)
					.select(columns)
					.maybeSingle()
			),
		read: async () => unwrap(await supabase.from('contacts').select(columns).eq('org_id', orgId).eq('id', id).maybeSingle())
	};
}
