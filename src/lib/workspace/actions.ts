import { z } from 'zod';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

const generalForm = z.object({
	name: z.string().trim().min(1, 'Give the workspace a name.').max(80, 'At most 80 characters.'),
	currency: z.string().length(3, 'Choose a currency.')
});

const securityForm = z.object({
	second_factor_required: z.literal('on').optional(),
	session_hours: z.union([
		z.literal('').transform(() => null),
		z.coerce.number().int().min(1, 'At least one hour.').max(8760, 'At most a year.')
	])
});

const refused = () => new AppError(403, 'forbidden', 'Your role does not allow you to change this workspace. Ask an admin.');

export async function saveWorkspace(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const values = parse(generalForm, Object.fromEntries(form));
	if (unwrap(await supabase.from('organizations').update(values).eq('id', orgId).select('id')).length === 0) throw refused();
}

/** What the workspace demands of sessions. The database refuses what would lock its caller out. */
export async function saveSecurity(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { second_factor_required, session_hours } = parse(securityForm, Object.fromEntries(form));
	const values = { second_factor_required: second_factor_required === 'on', session_hours };
	if (unwrap(await supabase.from('organizations').update(values).eq('id', orgId).select('id')).length === 0) throw refused();
}
