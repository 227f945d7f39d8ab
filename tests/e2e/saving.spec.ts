import { must, serviceClient, type Workspace } from '../support/workspace.ts';
import { endpoint, expect, holdUp, test } from './support.ts';

// While a form is being saved its reader goes on: types there or elsewhere, goes to another page. Nothing of that is lost, and nobody is called back.

const addContact = async (workspace: Workspace, row: { first_name: string; description?: string }) =>
	must(
		await serviceClient(endpoint())
			.from('contacts')
			.insert({ org_id: workspace.id, ...row })
			.select('id')
			.single()
	);

test('a click while a form is being saved leads where it leads, and the page stays alive', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto('/account');
	const answer = await holdUp(page, '**/account?/save');
	const arrive = await holdUp(page, '**/account/sessions/__data.json*');
	await page.getByLabel('Job title').fill('Head of sales');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	const saved = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/account?/save'));
	await page.getByRole('link', { name: 'Sessions' }).click();
	answer();
	await saved;
	arrive();
	await expect(page.getByRole('list', { name: 'Sessions' })).toBeVisible();
	await page.getByRole('link', { name: 'Profile' }).click();
	await expect(page.getByLabel('Job title')).toHaveValue('Head of sales');
});

test('a record that is created while its author has gone elsewhere does not call them back', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/contacts/new`);
	const answer = await holdUp(page, '**/contacts/new?/*');
	await page.getByLabel('First name').fill('Grace');
	await page.getByRole('button', { name: 'Create contact' }).click();
	await page.getByRole('link', { name: 'Companies' }).first().click();
	await expect(page).toHaveURL(`/${workspace.slug}/companies`);
	await page.getByRole('searchbox').fill('Acme');
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	answer();
	await expect
		.poll(async () => must(await serviceClient(endpoint()).from('contacts').select('first_name').eq('org_id', workspace.id)))
		.toEqual([{ first_name: 'Grace' }]);
	// What was typed is no draft any more: the answer has come.
	await expect.poll(() => page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('draft:')))).toEqual([]);
	// Their own page is loaded again, and no other.
	await expect.poll(() => asked).toContain(`/${workspace.slug}/companies/__data.json`);
	expect(asked.filter((path) => path.includes('/contacts/') && path.endsWith('__data.json'))).toEqual([]);
	await expect(page).toHaveURL(/\/companies/);
	await expect(page.getByRole('searchbox')).toHaveValue('Acme');
});

test('what is typed into a record while it is being saved stays, and is saved next', async ({ workspace, browserOf }) => {
	const contact = await addContact(workspace, { first_name: 'Grace' });
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/contacts/${contact.id}`);
	const answer = await holdUp(page, `**/contacts/${contact.id}?/save`);
	const [name, about] = [page.getByLabel('First name'), page.getByLabel('Description')];
	await name.fill('Grace Brewster');
	await name.press('Control+Enter');
	await about.pressSequentially('Met at the ');
	answer();
	await expect(page.getByRole('dialog', { name: 'Grace Brewster' })).toBeVisible();
	// The cursor is where it was, too.
	await page.keyboard.type('fair');
	await expect(about).toHaveValue('Met at the fair');
	await page.reload();
	await expect(about).toHaveValue('Met at the fair');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect
		.poll(async () =>
			must(await serviceClient(endpoint()).from('contacts').select('first_name, description, version').eq('id', contact.id))
		)
		.toEqual([{ first_name: 'Grace Brewster', description: 'Met at the fair', version: 3 }]);
	await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeHidden();
});

test('a part of a record stays open with what was typed while it was being saved, and shows no refusal of an earlier try', async ({
	workspace,
	browserOf
}) => {
	const contact = await addContact(workspace, { first_name: 'Grace' });
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/contacts/${contact.id}`);
	const section = page.getByRole('region', { name: 'Personal data' });
	const answer = await holdUp(page, `**/contacts/${contact.id}?/personal`);
	await section.getByRole('link', { name: 'Add' }).click();
	const [phone, save] = [section.getByLabel('Private phone'), section.getByRole('button', { name: 'Save personal data' })];
	await phone.fill('+49 171');
	await save.click();
	await phone.fill('+49 171 555 0100');
	answer();
	await expect(page.getByText('Personal data saved')).toBeVisible();
	await expect(phone).toHaveValue('+49 171 555 0100');
	await save.click();
	await expect(phone).toBeHidden();
	await expect(section.getByText('+49 171 555 0100')).toBeVisible();

	// Somebody else is faster.
	await section.getByRole('link', { name: 'Edit' }).click();
	await phone.fill('+49 171 555 0111');
	must(
		await serviceClient(endpoint())
			.from('contact_private')
			.update({ mobile: '+49 171 555 0122' })
			.eq('contact_id', contact.id)
			.select('contact_id')
			.single()
	);
	page.watch.expectRefusal(409);
	await save.click();
	await expect(section.getByRole('alert')).toBeVisible();
	await section.getByRole('button', { name: 'Cancel' }).click();
	await expect(section.getByText('+49 171 555 0122')).toBeVisible();
	await section.getByRole('link', { name: 'Edit' }).click();
	await expect(phone).toHaveValue('+49 171 555 0122');
	await expect(section.getByRole('alert')).toHaveCount(0);
});

test('a server that fails while a form is saved leaves the form, and says so', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	const page = await browserOf(workspace.admin);
	page.watch.expectRefusal(503);
	const error = {
		message: 'The sign-in service does not answer. You are still signed in; try again in a moment.',
		code: 'auth_unreachable'
	};
	const fail = (pattern: string) =>
		page.route(pattern, (route) =>
			route.request().method() === 'POST' ? route.fulfill({ status: 503, json: { type: 'error', error } }) : route.continue()
		);
	await fail('**/account?/save');
	await page.goto('/account');
	await page.getByLabel('Job title').fill('Head of sales');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText(error.message)).toBeVisible();
	await expect(page.getByLabel('Job title')).toHaveValue('Head of sales');

	// A role that was not given is not shown as given.
	await fail('**/members?/role');
	await page.goto(`/${workspace.slug}/settings/members`);
	const role = page.getByLabel(`Role of ${person.name}`);
	await role.selectOption({ label: 'Viewer' });
	await expect(page.getByText(error.message)).toBeVisible();
	await expect(role.locator('option:checked')).toHaveText('Sales');
});

test('rights that were chosen stay when a colleague saves the same ones', async ({ workspace, browserOf }) => {
	const client = serviceClient(endpoint());
	const role = must(await client.from('roles').insert({ org_id: workspace.id, name: 'Own' }).select('id').single());
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/settings/roles/${role.id}`);
	const [mine, theirs, amount] = [
		page.getByLabel('Companies: See', { exact: true }),
		page.getByLabel('Contacts: See', { exact: true }),
		page.getByRole('group', { name: 'Deals' }).getByLabel('Amount')
	];
	await mine.selectOption({ label: 'Team' });
	await amount.check();
	must(
		await client
			.from('role_permissions')
			.insert(
				['companies', 'contacts'].map((resource) => ({ role_id: role.id, org_id: workspace.id, resource, action: 'read', scope: 'all' }))
			)
			.select('resource')
	);
	await expect(theirs.locator('option:checked')).toHaveText('All');
	await expect(mine.locator('option:checked')).toHaveText('Team');
	await expect(amount).toBeChecked();
	await page.getByRole('button', { name: 'Save role' }).click();
	await expect(page.getByText('Role saved')).toBeVisible();
	await expect(mine.locator('option:checked')).toHaveText('Team');
	// Saved, they are the page's again.
	must(
		await client
			.from('role_permissions')
			.update({ scope: 'own' })
			.eq('role_id', role.id)
			.eq('resource', 'companies')
			.select('resource')
			.single()
	);
	await expect(mine.locator('option:checked')).toHaveText('Own');
});
