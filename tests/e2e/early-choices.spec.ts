import { must, serviceClient } from '../support/workspace.ts';
import { openDialog } from './account.ts';
import { endpoint, expect, isAwake, keepAsleep, test } from './support.ts';

// What somebody chooses while the page is drawn and not awake yet is chosen.

test('a role chosen before the page woke up is given', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	const page = await browserOf(workspace.admin);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/settings/members`, { waitUntil: 'commit' });
	const role = page.getByRole('row').filter({ hasText: person.email }).getByRole('combobox');
	await role.selectOption({ label: 'Viewer' });
	wake();
	await expect(page.getByText('Role changed').first()).toBeVisible();
	await expect(role.locator(':checked')).toHaveText('Viewer');
	const given = must(
		await serviceClient(endpoint())
			.from('members')
			.select('roles!members_role_fkey(key)')
			.eq('org_id', workspace.id)
			.eq('user_id', person.id)
			.single()
	);
	expect(given.roles?.key).toBe('viewer');
});

test('rights, a currency and a theme chosen before the page woke up stay chosen, and what was not touched stays too', async ({
	workspace,
	browserOf
}) => {
	const service = serviceClient(endpoint());
	const role = must(await service.from('roles').insert({ org_id: workspace.id, name: 'Own' }).select('id').single());
	must(
		await service
			.from('role_permissions')
			.insert({ org_id: workspace.id, role_id: role.id, resource: 'deals', action: 'read', scope: 'team' })
			.select('action')
	);
	const places = [
		{
			path: `/${workspace.slug}/settings/roles/${role.id}`,
			label: 'Companies: See',
			value: 'own',
			button: 'Save role',
			done: 'Role saved'
		},
		{ path: `/${workspace.slug}/settings`, label: 'Currency', value: 'CHF', button: 'Save', done: 'Workspace saved' },
		{ path: '/account/preferences', label: 'Theme', value: 'dark', button: 'Save', done: 'Preferences saved' }
	];
	for (const { path, label, value, button, done } of places) {
		// A browser of its own each time: from its memory a page's scripts come at once, whoever holds them up.
		const page = await browserOf(workspace.admin);
		const wake = await keepAsleep(page);
		await page.goto(path, { waitUntil: 'commit' });
		const select = page.getByLabel(label, { exact: true });
		await select.selectOption(value);
		wake();
		// A click that comes before the page is quite awake saves as well, and is not told by a toast.
		await openDialog(page.getByRole('button', { name: button, exact: true }), page.getByText(done));
		await expect(select, path).toHaveValue(value);
		if (label === 'Theme') await expect(page.locator('html')).toHaveAttribute('data-theme', value);
	}
	const rights = must(await service.from('role_permissions').select('resource, action, scope').eq('role_id', role.id).order('resource'));
	expect(rights).toEqual([
		{ resource: 'companies', action: 'read', scope: 'own' },
		{ resource: 'deals', action: 'read', scope: 'team' }
	]);
});

test('a box that was ticked before the page woke up stays ticked, and one that was emptied stays empty', async ({
	workspace,
	browserOf
}) => {
	const service = serviceClient(endpoint());
	const role = must(await service.from('roles').insert({ org_id: workspace.id, name: 'Careful' }).select('id').single());
	const asks = async () =>
		must(await service.from('roles').select('second_factor_required').eq('id', role.id).single()).second_factor_required;
	for (const ticked of [true, false]) {
		const page = await browserOf(workspace.admin);
		const wake = await keepAsleep(page);
		await page.goto(`/${workspace.slug}/settings/roles/${role.id}`, { waitUntil: 'commit' });
		const box = page.getByLabel('needs a second factor');
		await box.setChecked(ticked);
		wake();
		await isAwake(page);
		await expect(box, 'once the page is awake').toBeChecked({ checked: ticked });
		await openDialog(page.getByRole('button', { name: 'Save role', exact: true }), page.getByText('Role saved'));
		await expect(box).toBeChecked({ checked: ticked });
		expect(await asks()).toBe(ticked);
	}
});
