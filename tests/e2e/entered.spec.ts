import type { Locator, Page } from '@playwright/test';
import { must, serviceClient } from '../support/workspace.ts';
import { endpoint, expect, holdUp, isAwake, keepAsleep, test } from './support.ts';

// What somebody enters into a form is theirs, whatever the page is told meanwhile.

test('what is typed stays when a colleague changes the same thing, and what was not touched follows', async ({ workspace, browserOf }) => {
	const client = serviceClient(endpoint());
	const role = must(await client.from('roles').insert({ org_id: workspace.id, name: 'Own' }).select('id').single());
	const ofRole = async (change: { name: string; description?: string }) =>
		must(await client.from('roles').update(change).eq('id', role.id).select('id').single());
	const page = await browserOf(workspace.admin);

	await page.goto(`/${workspace.slug}/settings/roles/${role.id}`);
	const text = (label: string) => page.getByRole('textbox', { name: label, exact: true });
	const [name, description] = [text('Name'), text('Description')];
	await name.fill('Field sales');
	await ofRole({ name: 'Theirs', description: 'Sells at the door' });
	await expect(description).toHaveValue('Sells at the door');
	await expect(page.getByRole('heading', { name: 'Theirs' })).toBeVisible();
	await expect(name).toHaveValue('Field sales');
	await page.getByRole('button', { name: 'Save role' }).click();
	await expect(page.getByRole('heading', { name: 'Field sales' })).toBeVisible();
	// Saved, it is the page's again.
	await ofRole({ name: 'Theirs again' });
	await expect(name).toHaveValue('Theirs again');
	// Also what was saved in another form than it was typed in.
	await name.fill(' Trimmed ');
	await name.press('Enter');
	await expect(name).toHaveValue('Trimmed');
	await ofRole({ name: 'Theirs at last' });
	await expect(name).toHaveValue('Theirs at last');

	const choice = {
		org_id: workspace.id,
		resource: 'deals',
		key: 'reason',
		label: 'Reason',
		kind: 'choice',
		choices: ['Price'],
		restricted: true
	};
	const field = must(await client.from('custom_fields').insert(choice).select('id').single());
	await page.goto(`/${workspace.slug}/settings/fields/${field.id}`);
	const [manager, choices] = [page.getByLabel('Manager: what they do'), text('Choices, one a line')];
	await manager.selectOption({ label: 'See it' });
	must(
		await client
			.from('custom_fields')
			.update({ choices: ['Price', 'Time'] })
			.eq('id', field.id)
			.select('id')
			.single()
	);
	await expect(choices).toHaveValue('Price\nTime');
	await expect(manager).toHaveValue('read');
});

test('what is typed while the form before it is being saved stays', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto('/account');
	const answer = await holdUp(page, '**/account?/save');
	const title = page.getByLabel('Job title');
	await title.fill('Head');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await title.fill('Head of sales');
	answer();
	await expect(page.getByText('Profile saved')).toBeVisible();
	await expect(title).toHaveValue('Head of sales');
});

test('whoever types elsewhere while the form before it is refused goes on typing there', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto('/account');
	const answer = await holdUp(page, '**/account?/save');
	const [name, title] = [page.getByLabel('Name', { exact: true }), page.getByLabel('Job title')];
	await name.fill('   ');
	page.watch.expectRefusal(400);
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await title.pressSequentially('Head of ');
	answer();
	await expect(name).toHaveAttribute('aria-invalid', 'true');
	await page.keyboard.type('sales');
	await expect(title).toHaveValue('Head of sales');
});

test('text that was typed before the page woke up stays', async ({ workspace, browserOf }) => {
	const client = serviceClient(endpoint());
	const role = must(await client.from('roles').insert({ org_id: workspace.id, name: 'Own' }).select('id').single());
	const page = await browserOf(workspace.admin);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/settings/roles/${role.id}`, { waitUntil: 'commit' });
	await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Typed early');
	wake();
	await isAwake(page);
	await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Typed early');
});

test('what was clicked before the page woke up is done then', async ({ workspace, browserOf }) => {
	must(await workspace.admin.client.from('teams').insert({ org_id: workspace.id, name: 'North' }).select('id').single());
	const places: { path: string; click: (page: Page) => Promise<void>; done: (page: Page) => Locator }[] = [
		{
			path: 'contacts',
			click: (page) => page.getByRole('button', { name: 'Find or go to…' }).click(),
			done: (page) => page.getByRole('dialog')
		},
		{
			path: 'settings/teams',
			async click(page) {
				await page.getByRole('button', { name: 'More about North' }).click();
				await page.getByRole('menuitem', { name: 'Rename' }).click();
			},
			done: (page) => page.getByRole('textbox', { name: 'Name of the team' })
		}
	];
	for (const { path, click, done } of places) {
		const page = await browserOf(workspace.admin);
		const wake = await keepAsleep(page);
		await page.goto(`/${workspace.slug}/${path}`, { waitUntil: 'commit' });
		await click(page);
		await expect(done(page)).toBeHidden();
		wake();
		await expect(done(page)).toBeVisible();
	}
});

test('what was clicked before the page woke up is not done when its reader has gone on to type', async ({ workspace, browserOf }) => {
	const client = serviceClient(endpoint());
	const role = must(await client.from('roles').insert({ org_id: workspace.id, name: 'Own' }).select('id').single());
	const page = await browserOf(workspace.admin);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/settings/roles/${role.id}`, { waitUntil: 'commit' });
	await page.getByRole('button', { name: 'Remove role…' }).click();
	const description = page.getByRole('textbox', { name: 'Description', exact: true });
	await description.press('A');
	wake();
	await isAwake(page);
	// The dialog's own button would have the cursor: Enter would remove the role.
	await expect(page.getByRole('dialog')).toBeHidden();
	await expect(description).toBeFocused();
});

test('a menu that was opened before the page woke up stands where it belongs then', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/settings`, { waitUntil: 'commit' });
	const button = page.getByRole('button', { name: workspace.admin.name }).first();
	await button.click();
	const menu = page.getByRole('menu');
	await expect(menu).toBeVisible();
	wake();
	await expect(button).toHaveAttribute('aria-expanded', 'true');
	const [at, below] = [await menu.boundingBox(), await button.boundingBox()];
	expect(Math.abs((at?.x ?? 0) - (below?.x ?? 999))).toBeLessThan(20);
});
