import { must, type Person, type Workspace } from './workspace.ts';

/** Bytes that begin as a PNG does, with a word in them. */
export const png = (word: string): Blob =>
	new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), word], { type: 'image/png' });

/** The kinds of records, as functions and requests name them. */
export const resources = ['companies', 'contacts', 'deals'] as const;
export type Resource = (typeof resources)[number];

/** A record with the word in its name, of each kind; the deal is with the others. */
async function records({ id: org_id, pipelineId, stages, admin: { client } }: Workspace, mark: string): Promise<Record<Resource, string>> {
	const company = must(
		await client
			.from('companies')
			.insert({ org_id, name: `${mark} company` })
			.select('id')
			.single()
	).id;
	const contact = must(await client.from('contacts').insert({ org_id, first_name: mark, company_id: company }).select('id').single()).id;
	must(await client.from('contact_private').insert({ org_id, contact_id: contact, note: mark }).select('version'));
	const deal = must(
		await client
			.from('deals')
			.insert({
				org_id,
				name: `${mark} deal`,
				pipeline_id: pipelineId,
				stage_id: stages[0]?.id ?? '',
				company_id: company,
				contact_id: contact
			})
			.select('id')
			.single()
	).id;
	return { companies: company, contacts: contact, deals: deal };
}

/** Teams, roles, for each kind of record a restricted field with a value and a share, and an invitation. */
async function settings({ id: org_id, admin: { client } }: Workspace, mate: Person, mark: string, made: Record<Resource, string>) {
	const team = must(
		await client
			.from('teams')
			.insert({ org_id, name: `${mark} team` })
			.select('id')
			.single()
	).id;
	must(await client.from('team_members').insert({ org_id, team_id: team, user_id: mate.id }).select('user_id'));
	const role = must(
		await client
			.from('roles')
			.insert({ org_id, name: `${mark} role` })
			.select('id')
			.single()
	).id;
	const set = await client.rpc('set_role_rights', {
		role,
		rights: [{ resource: 'deals', action: 'read', scope: 'own' }],
		ruled_fields: [{ resource: 'deals', field: 'amount' }]
	});
	if (set.error) throw set.error;
	for (const resource of resources) {
		const field = { org_id, resource, key: 'secret', label: mark, kind: 'text', restricted: true };
		const field_id = must(await client.from('custom_fields').insert(field).select('id').single()).id;
		must(await client.from('custom_field_roles').insert({ org_id, field_id, role_id: role }).select('role_id'));
		const valued = await client.rpc('set_custom_values', { resource, record: made[resource], changes: { secret: mark } });
		if (valued.error) throw valued.error;
		must(await client.from('shares').insert({ org_id, resource, record_id: made[resource], user_id: mate.id }).select('id'));
	}
	must(await client.rpc('invite_members', { org: org_id, emails: [`${mark}@example.test`], role }));
}

/** Puts something into every table of a workspace, with a word in every text that tells whose it is. A new table needs its line here. */
export async function furnish(workspace: Workspace, mate: Person, mark: string): Promise<void> {
	const { id: org_id, admin } = workspace;
	const { client } = admin;
	await settings(workspace, mate, mark, await records(workspace, mark));
	const { id } = must(await client.from('imports').insert({ org_id, file_name: mark, total_rows: 2 }).select('id').single());
	must(await client.rpc('stage_import_rows', { import: id, first_row: 1, rows: [{ name: mark }] }));
	must(await client.rpc('begin_view_as', { org: org_id, member: mate.id, reason: mark }));
	must(await client.from('preferences').insert({ settings: { mark } }).select('settings'));
	const photo_path = `${admin.id}/me.png`;
	must(await client.storage.from('avatars').upload(photo_path, png(mark)));
	must(await client.from('profiles').update({ photo_path }).eq('id', admin.id).select('id'));
}
