import { addMember, createWorkspace, must, serviceClient } from '../support/workspace.ts';
import { atMost, type Bench, type Figure } from './measure.ts';
import { measureNewest } from './newest.ts';
import { addContacts } from './world.ts';

/** The fifty newest of a million contacts, for callers of every scope; and how soon another role holds. */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	return {
		...(await measureNewest(bench, {
			resource: 'contacts',
			fill: (workspace) => addContacts(bench, workspace, 1_000_000),
			restGoal: 1.3,
			sqlGoalMs: 1
		})),
		...(await requestsUntilDemoted(bench))
	};
}

/** How many requests of a demoted member are still answered by the former role. */
async function requestsUntilDemoted(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await createWorkspace(bench);
	const member = await addMember(bench, workspace, 'manager');
	const service = serviceClient(bench);
	const viewer = must(await service.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single());
	const write = () => member.client.from('companies').insert({ org_id: workspace.id, name: 'X' });
	for (let n = 0; n < 20; n++) if ((await write()).error) throw new Error('a manager must be able to write');
	must(await service.from('members').update({ role_id: viewer.id }).eq('org_id', workspace.id).eq('user_id', member.id).select('id'));
	let late = 0;
	while (late < 100 && !(await write()).error) late++;
	return { requests_by_a_role_taken_away: atMost(late, 0, 'requests') };
}
