import type { Page } from '@playwright/test';
import { must, serviceClient, type Workspace } from '../support/workspace.ts';
import { addDeal } from './board.ts';
import { endpoint, expect, expectAccessible, test } from './support.ts';

// Fields of a workspace's own, and one that only some roles may know of.

const label = 'Agreed margin';
const margin = '37.125';

/**
 * Listens to everything that the network answers a page until the function it returns is called, which tells it
 * as text. It is read on its way: what a browser is asked for afterwards it may have let go of, as it does with
 * the answers to a page that is left or loaded again.
 */
async function heardBy(page: Page): Promise<() => Promise<string>> {
	const bodies: string[] = [];
	// A browser cannot know that a page passed on to it came from this machine, where it may join live topics unasked.
	await page.context().grantPermissions(['local-network-access']);
	// The scripts and styles of the build say the same to everybody.
	const isAnswer = ({ pathname }: URL) => !pathname.startsWith('/_app/immutable/');
	await page.route(isAnswer, async (route) => {
		const answer = await route.fetch({ maxRedirects: 0 });
		bodies.push(await answer.text());
		await route.fulfill({ response: answer });
	});
	page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => bodies.push(String(payload))));
	return async () => {
		await page.unrouteAll({ behavior: 'wait' });
		return bodies.join('\n');
	};
}

const openDeal = async (page: Page, workspace: Workspace, deal: { id: string; name: string }) => {
	await page.goto(`/${workspace.slug}/pipeline/${deal.id}`);
	await expect(page.getByRole('dialog', { name: deal.name })).toBeVisible();
};

test('an admin gives a restricted field to managers: they read and change it, and nothing of it reaches anybody else', async ({
	workspace,
	member,
	browserOf
}) => {
	const seller = await member('sales');
	const deal = await addDeal(workspace, { name: 'Kept apart' }, seller);
	const admin = await browserOf(workspace.admin);
	await admin.goto(`/${workspace.slug}/settings/fields?new`);
	const dialog = admin.getByRole('dialog', { name: 'New field' });
	await dialog.getByLabel('Name').fill(label);
	await dialog.getByLabel('Kind').selectOption({ label: 'Number' });
	await dialog.getByLabel('Only some roles see it').check();
	await expectAccessible(admin);
	await dialog.getByRole('button', { name: 'Add field' }).click();
	await expect(admin.getByRole('heading', { name: label })).toBeVisible();
	await admin.getByLabel('Manager: what they do').selectOption({ label: 'See and change it' });
	await expectAccessible(admin);
	await admin.getByRole('button', { name: 'Save field' }).click();
	await expect(admin.getByText('Field saved')).toBeVisible();
	await admin.getByRole('link', { name: 'All fields' }).click();
	await expect(admin.getByRole('link', { name: label })).toContainText('only some roles see this');
	await expectAccessible(admin);

	// While the manager works, the seller has the same deal open.
	const theirs = await browserOf(seller);
	const stopHearingSeller = await heardBy(theirs);
	await openDeal(theirs, workspace, deal);
	await expect(theirs.getByRole('button', { name: 'Save' })).toBeVisible();

	const manager = await browserOf(await member('manager'));
	const stopHearingManager = await heardBy(manager);
	await openDeal(manager, workspace, deal);
	await manager.getByRole('link', { name: 'Edit more fields' }).click();
	await manager.getByLabel(label).fill(margin);
	await manager.getByRole('button', { name: 'Save more fields' }).click();
	await expect(manager.getByText('More fields saved')).toBeVisible();
	await expect(manager.getByRole('definition').filter({ hasText: margin })).toBeVisible();
	await expectAccessible(manager);
	const [kept] = must(await serviceClient(endpoint()).from('custom_values').select('number_value').eq('record_id', deal.id));
	expect(kept).toEqual({ number_value: Number(margin) });

	// A change that the seller does hear of comes after whatever the first might have said.
	await manager.getByRole('textbox', { name: 'Name' }).fill('Kept apart, and renamed');
	await manager.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(theirs.getByRole('dialog', { name: 'Kept apart, and renamed' })).toBeVisible();
	await theirs.reload();
	await expect(theirs.getByRole('dialog', { name: 'Kept apart, and renamed' })).toBeVisible();
	await theirs.goto(`/${workspace.slug}/settings/fields`);
	await expect(theirs.getByText('No fields of your own yet.').first()).toBeVisible();
	await expect(theirs.getByText(label)).toHaveCount(0);
	const [sellerHeard, managerHeard] = [await stopHearingSeller(), await stopHearingManager()];
	expect(sellerHeard).toContain('Kept apart, and renamed');
	// What listens hears such things where they are told.
	for (const secret of [label, 'agreed_margin', margin]) expect(managerHeard, secret).toContain(secret);
	for (const secret of [label, 'agreed_margin', margin]) expect(sellerHeard, secret).not.toContain(secret);
});

test('ordinary fields are filled in on a company, put in order, restricted later, and removed with their values', async ({
	workspace,
	member,
	browserOf
}) => {
	const { client } = workspace.admin;
	const company = must(await client.from('companies').insert({ org_id: workspace.id, name: 'Acme' }).select('id').single());
	const field = (key: string, position: number, more: object) =>
		client
			.from('custom_fields')
			.insert({ org_id: workspace.id, resource: 'companies', key, label: key, kind: 'text', position, ...more })
			.throwOnError();
	await field('tier', 0, { label: 'Tier', kind: 'choice', choices: ['Gold', 'Silver'] });
	await field('since', 1, { label: 'Customer since', kind: 'date' });
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/companies/${company.id}`);
	await page.getByRole('link', { name: 'Edit more fields' }).click();
	await page.getByLabel('Tier').selectOption('Gold');
	await page.getByLabel('Customer since').fill('2024-05-01');
	// Somebody else fills in the same field meanwhile: neither is lost unseen.
	await client.rpc('set_custom_values', { resource: 'companies', record: company.id, changes: { tier: 'Silver' } }).throwOnError();
	page.watch.expectRefusal(409);
	await page.getByRole('button', { name: 'Save more fields' }).click();
	await expect(page.getByText('Somebody else changed this meanwhile.')).toBeVisible();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('definition').filter({ hasText: 'Silver' })).toBeVisible();
	await page.getByRole('link', { name: 'Edit more fields' }).click();
	await page.getByLabel('Tier').selectOption('Gold');
	await page.getByLabel('Customer since').fill('2024-05-01');
	await page.getByRole('button', { name: 'Save more fields' }).click();
	await expect(page.getByText('1 May 2024')).toBeVisible();
	const custom = async () => must(await client.from('companies').select('custom').eq('id', company.id).single()).custom;
	expect(await custom()).toEqual({ tier: 'Gold', since: '2024-05-01' });

	const viewer = await browserOf(await member('viewer'));
	await viewer.goto(`/${workspace.slug}/companies/${company.id}`);
	await expect(viewer.getByText('1 May 2024')).toBeVisible();
	await expect(viewer.getByRole('link', { name: 'Edit more fields' })).toHaveCount(0);

	await page.goto(`/${workspace.slug}/settings/fields`);
	await page.getByRole('button', { name: 'Move Customer since up' }).click();
	const names = page.getByRole('region', { name: 'Companies' }).getByRole('listitem');
	await expect(names.first()).toContainText('Customer since');
	await page.getByRole('link', { name: 'Tier' }).click();
	await page.getByLabel('Only some roles see it').check();
	await page.getByRole('button', { name: 'Save field' }).click();
	await expect(page.getByText('Field saved')).toBeVisible();
	expect(await custom()).toEqual({ since: '2024-05-01' });
	// The page of whoever has it open loses the field at once.
	await expect(viewer.getByText('Tier')).toHaveCount(0);
	await expect(viewer.getByText('1 May 2024')).toBeVisible();

	await page.getByRole('button', { name: 'Remove field…' }).click();
	const confirm = page.getByRole('dialog', { name: 'Remove the field Tier?' });
	await expect(confirm.getByText('1 value on companies goes with it, for good.')).toBeVisible();
	await confirm.getByRole('button', { name: 'Remove field' }).click();
	await expect(page).toHaveURL(`/${workspace.slug}/settings/fields`);
	await expect(page.getByRole('link', { name: 'Tier' })).toHaveCount(0);
	expect(must(await serviceClient(endpoint()).from('custom_values').select('id').eq('org_id', workspace.id))).toEqual([]);
});

test('whoever gives way to a colleague’s change sees it, though nothing is told live', async ({ workspace, browserOf }) => {
	const { client } = workspace.admin;
	const company = must(await client.from('companies').insert({ org_id: workspace.id, name: 'Acme' }).select('id').single());
	const field = { org_id: workspace.id, resource: 'companies', key: 'tier', label: 'Tier', kind: 'text' };
	await client.from('custom_fields').insert(field).throwOnError();
	const page = await browserOf(workspace.admin);
	await page.routeWebSocket(/realtime/, (socket) => socket.close());
	await page.goto(`/${workspace.slug}/companies/${company.id}?edit=fields`);
	await page.getByLabel('Tier').fill('Gold');
	await client.rpc('set_custom_values', { resource: 'companies', record: company.id, changes: { tier: 'Silver' } }).throwOnError();
	page.watch.expectRefusal(409);
	await page.getByRole('button', { name: 'Save more fields' }).click();
	await expect(page.getByText('Somebody else changed this meanwhile.')).toBeVisible();
	await expect(page.getByLabel('Tier')).toHaveValue('Gold');
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('definition').filter({ hasText: 'Silver' })).toBeVisible();
});

test('an admin whose page is older than what another one decided does not open a field again, and saves their own changes one after another', async ({
	workspace,
	browserOf
}) => {
	const client = serviceClient(endpoint());
	const row = { org_id: workspace.id, resource: 'deals', key: 'reason', label: 'Reason', kind: 'text' };
	const field = must(await client.from('custom_fields').insert(row).select('id').single());
	const [one, other] = [await browserOf(workspace.admin), await browserOf(workspace.admin)];
	// The other hears of nothing.
	await other.routeWebSocket(/realtime/, (socket) => socket.close());
	for (const page of [one, other]) await page.goto(`/${workspace.slug}/settings/fields/${field.id}`);
	await one.getByLabel('Name').fill('Reason of loss');
	await one.getByLabel('Only some roles see it').check();
	await one.getByRole('button', { name: 'Save field' }).click();
	await expect(one.getByText('Field saved')).toBeVisible();
	await one.getByLabel('Name').fill('Reason of leaving');
	await one.getByRole('button', { name: 'Save field' }).click();
	await expect(one.getByRole('heading', { name: 'Reason of leaving' })).toBeVisible();
	await other.getByLabel('Name').fill('Why');
	other.watch.expectRefusal(409);
	await other.getByRole('button', { name: 'Save field' }).click();
	await expect(other.getByText('Somebody else changed this field meanwhile.')).toBeVisible();
	const held = async () => must(await client.from('custom_fields').select('label, restricted').eq('id', field.id).single());
	expect(await held()).toEqual({ label: 'Reason of leaving', restricted: true });
	// Now they see it, and what they typed stands.
	await expect(other.getByLabel('Only some roles see it')).toBeChecked();
	await other.getByRole('button', { name: 'Save field' }).click();
	await expect.poll(held).toEqual({ label: 'Why', restricted: true });
});
