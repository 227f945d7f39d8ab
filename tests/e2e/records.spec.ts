import { must } from '../support/workspace.ts';
import { addDeal, card, openBoard } from './board.ts';
import { expect, keepAsleep, test } from './support.ts';

test('a company and a contact are made, linked to a deal, and found from each other', async ({ workspace, browserOf }) => {
	await addDeal(workspace, { name: 'Bridge inspection' });
	const page = await browserOf(workspace.admin);

	await page.goto(`/${workspace.slug}/companies/new`);
	await page.getByRole('textbox', { name: 'Name' }).fill('Span & Sons');
	await page.getByRole('textbox', { name: 'Website' }).fill('span.example');
	await page.getByRole('button', { name: /^(Add|Create|Save)/ }).click();
	await expect(page.getByRole('row', { name: /Span & Sons/ })).toBeVisible();

	await page.goto(`/${workspace.slug}/contacts/new`);
	await page.getByRole('textbox', { name: 'First name' }).fill('Greta');
	await page.getByRole('textbox', { name: 'Last name' }).fill('Span');
	await page.getByRole('combobox', { name: 'Company' }).fill('span');
	await page.getByRole('option', { name: /Span & Sons/ }).click();
	await page.getByRole('button', { name: /^(Add|Create|Save)/ }).click();
	await expect(page.getByRole('row', { name: /Greta Span/ })).toContainText('Span & Sons');

	await openBoard(page, workspace);
	await card(page, 'Bridge inspection').getByRole('link').click();
	await page.getByRole('combobox', { name: 'Company' }).fill('span');
	await page.getByRole('option', { name: /Span & Sons/ }).click();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(card(page, 'Bridge inspection')).toContainText('Span & Sons');

	const company = must(await workspace.admin.client.from('companies').select('id').eq('org_id', workspace.id).single());
	await page.goto(`/${workspace.slug}/companies/${company.id}`);
	const panel = page.getByRole('dialog', { name: 'Span & Sons' });
	await expect(panel.getByRole('link', { name: /Bridge inspection/ })).toBeVisible();
	await expect(panel.getByRole('link', { name: /Greta Span/ })).toBeVisible();
});

test('what was typed into a form survives a reload', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/companies/new`);
	const name = page.getByRole('textbox', { name: 'Name' });
	await expect(name, 'the page is awake').toBeFocused();
	await name.fill('Half a thought');
	await page.reload();
	await expect(name).toHaveValue('Half a thought');
});

test('what was typed before the page woke up is kept as well', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/companies/new`, { waitUntil: 'commit' });
	const name = page.getByRole('textbox', { name: 'Name' });
	const city = page.getByRole('textbox', { name: 'City' });
	await name.fill('Half a thought');
	await city.fill('Rome');
	wake();
	await expect.poll(() => page.evaluate(() => JSON.stringify({ ...sessionStorage }))).toContain('Half a thought');
	await expect(name).toHaveValue('Half a thought');
	await expect(city, 'nobody took the cursor away').toBeFocused();
	await page.reload();
	await expect(name).toHaveValue('Half a thought');
});

test('two people change one company: other fields merge, the same field asks', async ({ workspace, browserOf }) => {
	const company = must(
		await workspace.admin.client.from('companies').insert({ org_id: workspace.id, name: 'Shared', city: 'Rome' }).select('id').single()
	);
	const edit = (changes: { city?: string; industry?: string }) =>
		workspace.admin.client.from('companies').update(changes).eq('id', company.id).throwOnError();
	const now = async () => must(await workspace.admin.client.from('companies').select('name, city, industry').eq('id', company.id).single());
	const page = await browserOf(workspace.admin);

	await page.goto(`/${workspace.slug}/companies/${company.id}`);
	await expect(page.getByRole('dialog'), 'the page is awake').toBeFocused();
	await page.getByRole('textbox', { name: 'Name' }).fill('Shared by two');
	await edit({ industry: 'Shipping' });
	await page.getByRole('button', { name: 'Save' }).click();
	await expect.poll(now).toEqual({ name: 'Shared by two', city: 'Rome', industry: 'Shipping' });

	await page.goto(`/${workspace.slug}/companies/${company.id}`);
	await expect(page.getByRole('dialog'), 'the page is awake').toBeFocused();
	await page.getByRole('textbox', { name: 'City' }).fill('Turin');
	await edit({ city: 'Milan' });
	page.watch.expectRefusal(409);
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('radio', { name: /Milan/ })).toBeVisible();
	await expect(page.getByRole('radio', { name: /Turin/ })).toBeVisible();
	expect((await now()).city).toBe('Milan');
	await page.getByRole('radio', { name: /Turin/ }).check();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect.poll(async () => (await now()).city).toBe('Turin');
});
