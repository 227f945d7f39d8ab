import type { Page } from '@playwright/test';
import { addMember, createPerson, must, serviceClient } from '../support/workspace.ts';
import { openDialog } from './account.ts';
import { addDeal } from './board.ts';
import { endpoint, expect, test } from './support.ts';

// Names and addresses as long as people have them, on the screen of a phone: they are cut or wrapped, and push nothing off it.

const phone = { viewport: { width: 390, height: 844 } };
const longName = 'Jonathan Christopher Featherstonehaugh-Cholmondeley of Bridgewater';

/** Whatever of the dialog that is open, or else of the page, reaches over an edge; a strip of places is scrolled on purpose. */
const overhanging = (page: Page) =>
	page.evaluate(() =>
		[...(document.querySelector('dialog[open]') ?? document.body).querySelectorAll('*')]
			.filter((node) => {
				const { left, right } = node.getBoundingClientRect();
				return !node.closest('nav') && (left < -1 || right > innerWidth + 1);
			})
			.map((node) => `${node.tagName} ${node.textContent?.trim().slice(0, 40)}`)
	);

const expectWithin = (page: Page) => expect.poll(() => overhanging(page), page.url()).toEqual([]);

test('settings, their dialogs and the readers of a record hold long names on a phone', async ({ workspace, browserOf }) => {
	const service = serviceClient(endpoint());
	const { client } = workspace.admin;
	const person = await addMember(endpoint(), workspace, 'sales', await createPerson(endpoint(), longName));
	for (let n = 0; n < 10; n++) await addMember(endpoint(), workspace, 'viewer');
	const team = must(
		await service.from('teams').insert({ org_id: workspace.id, name: 'Key accounts of the public sector' }).select('id').single()
	);
	must(await service.from('team_members').insert({ org_id: workspace.id, team_id: team.id, user_id: person.id }).select('user_id'));
	const role = must(await client.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single()).id;
	must(await client.rpc('invite_members', { org: workspace.id, emails: [`olivia.${crypto.randomUUID()}@example.test`], role }));

	const page = await browserOf(workspace.admin, phone);
	for (const part of ['', '/teams', '/members']) {
		await page.goto(`/${workspace.slug}/settings${part}`);
		await expectWithin(page);
	}
	const menu = page.getByRole('menu');
	await openDialog(page.getByRole('button', { name: `More about ${longName}` }), menu);
	await menu.getByRole('menuitem', { name: 'View as…' }).click();
	await expect(page.getByRole('button', { name: `View as ${longName}` })).toBeVisible();
	await expectWithin(page);

	const deal = await addDeal(workspace, { name: 'Framework agreement for spare parts and their maintenance' });
	await page.goto(`/${workspace.slug}/pipeline/${deal.id}`);
	const readers = await openDialog(
		page.getByRole('button', { name: 'Who can see this' }),
		page.getByRole('dialog', { name: /^Who can see/ })
	);
	const rows = readers.getByRole('region', { name: 'Everyone who can see it' }).getByRole('listitem');
	await expect(rows).toHaveCount(8);
	await expectWithin(page);
	await readers.getByRole('button', { name: 'Show all 12' }).click();
	await expect(rows).toHaveCount(12);
});

test('an invitation holds a long address on a phone', async ({ workspace, browserOf }) => {
	const { client } = workspace.admin;
	const invited = await createPerson(endpoint(), longName);
	const role = must(await client.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single()).id;
	const [made] = must(await client.rpc('invite_members', { org: workspace.id, emails: [invited.email], role }));
	const page = await browserOf(invited, phone);
	await page.goto(`/invite/${made?.token}`);
	await expect(page.getByRole('button', { name: `Join as ${invited.email}` })).toBeVisible();
	await expectWithin(page);
});
