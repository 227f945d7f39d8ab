import { must, serviceClient, type Person, type Workspace } from '../support/workspace.ts';
import { endpoint } from './endpoint.ts';

/** Gives a member a role of their own that may do `actions` to records of each kind as far as is said. */
export async function giveReach(
	workspace: Workspace,
	person: Person,
	reach: Record<'deals' | 'companies' | 'contacts', 'own' | 'all'>,
	actions = ['read', 'update']
): Promise<void> {
	const service = serviceClient(endpoint());
	const role = must(
		await service
			.from('roles')
			.insert({ org_id: workspace.id, name: `May ${actions.join(' and ')}` })
			.select('id')
			.single()
	);
	const rights = Object.entries(reach).flatMap(([resource, scope]) =>
		actions.map((action) => ({ org_id: workspace.id, role_id: role.id, resource, action, scope }))
	);
	must(await service.from('role_permissions').insert(rights).select('action'));
	must(await service.from('members').update({ role_id: role.id }).eq('org_id', workspace.id).eq('user_id', person.id).select('id'));
}
