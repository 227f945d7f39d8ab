import { z } from 'zod';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { readMatrix, readRules } from './model';
import { readRole } from './queries';

/** What a role is called. */
export const roleForm = z.object({
	name: z.string().trim().min(1, 'Give the role a name.').max(60, 'At most 60 characters.'),
	description: z.string().trim().max(500, 'At most 500 characters.').default('')
});

const seenVersion = z.object({ version: z.coerce.number().int() });

/** Makes a role, as a copy of another's rights if one is named; returns its id. */
export async function createRole(supabase: Supabase, orgId: string, form: FormData): Promise<string> {
	const { name, description } = parse(roleForm, Object.fromEntries(form));
	const made = unwrap(await supabase.from('roles').insert({ org_id: orgId, name, description }).select('id').single());
	const like = form.get('like');
	if (typeof like === 'string' && like !== '') {
		const rights = unwrap(
			await supabase.from('role_permissions').select('resource, action, scope').eq('org_id', orgId).eq('role_id', like)
		);
		unwrap(await supabase.rpc('set_role_rights', { role: made.id, rights }));
	}
	return made.id;
}

/** Saves a role's name, whether it needs a second factor, its matrix and its rules on fields, as a form has them that saw the version it names. */
export async function saveRole(supabase: Supabase, orgId: string, id: string, form: FormData): Promise<void> {
	const { name, description } = parse(roleForm, Object.fromEntries(form));
	const second_factor_required = form.get('second_factor_required') === 'on';
	const { version } = parse(seenVersion, Object.fromEntries(form));
	const saved = unwrap(
		await supabase
			.from('roles')
			.update({ name, description, second_factor_required })
			.eq('org_id', orgId)
			.eq('id', id)
			.eq('version', version)
			.select('id, key')
	);
	const [role] = saved;
	if (!role && (await readRole(supabase, orgId, id)).version !== version)
		throw new AppError(409, 'conflict', 'Somebody else changed this role meanwhile. Look at it as it is now, then save again.');
	if (!role) throw new AppError(403, 'forbidden', 'Your role does not allow you to change roles. Ask an admin of the workspace.');
	// The admin's rights are fixed: its form has no matrix.
	if (role.key !== 'admin')
		unwrap(await supabase.rpc('set_role_rights', { role: id, rights: readMatrix(form), ruled_fields: readRules(form) }));
}

/** Removes a role that nobody holds. */
export async function deleteRole(supabase: Supabase, orgId: string, id: string): Promise<void> {
	const answer = await supabase.from('roles').delete().eq('org_id', orgId).eq('id', id).select('id');
	if (answer.error?.code === '23503') throw new AppError(409, 'still_used', 'Members still have this role. Give them another one first.');
	if (unwrap(answer).length === 0) throw new AppError(403, 'forbidden', 'This role cannot be removed.');
}
