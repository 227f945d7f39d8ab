import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { personalForm, type Personal } from './personal';

const columns = 'personal_email, mobile, home_address, birthday, note, version';

/** The personal data of a contact; null when there is none, or when the caller may not see it. */
export async function readPersonal(supabase: Supabase, orgId: string, contactId: string): Promise<Personal | null> {
	return unwrap(await supabase.from('contact_private').select(columns).eq('org_id', orgId).eq('contact_id', contactId).maybeSingle());
}

/** Saves a contact's personal data as it was seen at `version` (0: there was none). Throws 409 when somebody else was faster. */
export async function savePersonal(supabase: Supabase, orgId: string, contactId: string, form: FormData): Promise<void> {
	const values = parse(personalForm, Object.fromEntries(form));
	const version = Number(form.get('version') ?? 0);
	if (version === 0) {
		const made = await supabase.from('contact_private').insert({ ...values, org_id: orgId, contact_id: contactId });
		if (made.error?.code === '23505') throw changedMeanwhile();
		unwrap(made);
		return;
	}
	const saved = unwrap(
		await supabase
			.from('contact_private')
			.update(values)
			.eq('org_id', orgId)
			.eq('contact_id', contactId)
			.eq('version', version)
			.select('version')
	);
	if (saved.length === 0) throw changedMeanwhile();
}

const changedMeanwhile = () =>
	new AppError(409, 'conflict', 'Somebody else changed this meanwhile. Copy what you typed, then cancel to see theirs.');
