import { must, serviceClient } from '../support/workspace.ts';
import { endpoint, expect, keepAsleep, test } from './support.ts';

// Messages are hints, and whoever was not there yet, or not there for a moment, has not heard them: the page asks.

test('what changed between the drawing of a page and its waking up is shown, one’s own rights too', async ({
	workspace,
	member,
	browserOf
}) => {
	const service = serviceClient(endpoint());
	const person = await member('sales');
	const row = { org_id: workspace.id, name: 'Old name', owner_id: person.id };
	const company = must(await service.from('companies').insert(row).select('id').single());
	const page = await browserOf(person);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/companies`, { waitUntil: 'commit' });
	await expect(page.getByText('Old name')).toBeVisible();
	await expect(page.getByRole('link', { name: 'New company' })).toBeVisible();
	must(await service.from('companies').update({ name: 'New name' }).eq('id', company.id).select('id').single());
	const role = must(await service.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single());
	must(
		await service.from('members').update({ role_id: role.id }).eq('org_id', workspace.id).eq('user_id', person.id).select('id').single()
	);
	wake();
	await expect(page.getByText('New name')).toBeVisible();
	await expect(page.getByRole('link', { name: 'New company' })).toHaveCount(0);
});

test('a page that was opened by a click catches up when the network is back', async ({ workspace, browserOf }) => {
	const service = serviceClient(endpoint());
	const company = must(await service.from('companies').insert({ org_id: workspace.id, name: 'Old name' }).select('id').single());
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/contacts`);
	await page.getByRole('link', { name: 'Companies' }).first().click();
	await expect(page.getByText('Old name')).toBeVisible();
	// It hears of changes.
	must(await service.from('companies').update({ name: 'Heard of' }).eq('id', company.id).select('id').single());
	await expect(page.getByText('Heard of')).toBeVisible();
	page.watch.expectNetworkErrors();
	await page.context().setOffline(true);
	await expect(page.getByText('Offline', { exact: true })).toBeVisible();
	must(await service.from('companies').update({ name: 'Missed' }).eq('id', company.id).select('id').single());
	await page.context().setOffline(false);
	await expect(page.getByText('Missed')).toBeVisible();
});

test('a reload whose answer is lost or fails leaves the page and what is typed there, and is made up for', async ({
	workspace,
	browserOf
}) => {
	const service = serviceClient(endpoint());
	const page = await browserOf(workspace.admin);
	page.watch.expectProblem(/net::ERR_CONNECTION_RESET|status of 502/);
	const told: string[] = [];
	await page.route('**/__data.json*', async (route) => {
		told.push(route.request().url());
		if (told.length === 1) await route.abort('connectionreset');
		else if (told.length === 2) await route.fulfill({ status: 502, body: 'Bad gateway' });
		else await route.continue();
	});
	await page.goto(`/${workspace.slug}/settings`);
	const name = page.getByLabel('Name', { exact: true });
	await name.fill('Typed meanwhile');
	await expect.poll(() => told.length).toBeGreaterThan(2);
	await expect(name).toHaveValue('Typed meanwhile');
	// The page is awake to what comes.
	must(await service.from('organizations').update({ currency: 'CHF' }).eq('id', workspace.id).select('id').single());
	must(
		await service
			.from('members')
			.update({ status: 'active' })
			.eq('org_id', workspace.id)
			.eq('user_id', workspace.admin.id)
			.select('id')
			.single()
	);
	await expect(page.getByLabel('Currency')).toHaveValue('CHF');
	await expect(name).toHaveValue('Typed meanwhile');
});
