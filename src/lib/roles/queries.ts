import type { Supabase } from '$lib/server/supabase';
import { AppError, unwrap } from '$lib/server/errors';

/** The roles of a workspace with their rights and how many members hold each, admin first, own ones by name. */
export async function readRoles(supabase: Supabase, orgId: string) {
	const [roles, members] = await Promise.all([
		supabase
			.from('roles')
			.select('id, key, name, description, is_system, second_factor_required, role_permissions(resource, action, scope)')
			.eq('org_id', orgId),
		supabase.from('members').select('role_id').eq('org_id', orgId)
	]);
	const held = new Map<string, number>();
	for (const { role_id } of unwrap(members)) held.set(role_id, (held.get(role_id) ?? 0) + 1);
	const order = ['admin', 'manager', 'sales', 'viewer'];
	const place = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
	return unwrap(roles)
		.map((role) => ({ ...role, members: held.get(role.id) ?? 0 }))
		.sort((a, b) => place(a.key) - place(b.key) || a.name.localeCompare(b.name, 'en'));
}

export type RoleRow = Awaited<ReturnType<typeof readRoles>>[number];

/** One role with its rights and rules on fields. Throws 404. */
export async function readRole(supabase: Supabase, orgId: string, id: string) {
	const role = unwrap(
		await supabase
			.from('roles')
			.select(
				'id, key, name, description, version, is_system, second_factor_required, role_permissions(resource, action, scope), field_rules(resource, field)'
			)
			.eq('org_id', orgId)
			.eq('id', id)
			.maybeSingle()
	);
	if (!role) throw new AppError(404, 'not_found', 'There is no such role.');
	return role;
}
