import type { Page } from '@playwright/test';
import { must, serviceClient, type Person, type Workspace } from '../support/workspace.ts';
import { addDeal, card, openBoard } from './board.ts';
import { giveReach } from './rights.ts';
import { endpoint, expect, test } from './support.ts';

// Rights that end while their holder looks at the page: it follows by itself, and nothing of what happens afterwards reaches it.

const service = () => serviceClient(endpoint());

/** Everything the page's sockets receive from now on, and whether one of them is open. */
function listenIn(page: Page) {
	const frames: string[] = [];
	const sockets: { isClosed(): boolean }[] = [];
	page.on('websocket', (socket) => {
		sockets.push(socket);
		socket.on('framereceived', ({ payload }) => void frames.push(payload.toString()));
	});
	return { frames, isOpen: () => sockets.some((socket) => !socket.isClosed()) };
}

/** Gives a member a role that reads and changes own records only. */
const narrow = (workspace: Workspace, person: Person) => giveReach(workspace, person, { deals: 'own', companies: 'own', contacts: 'own' });

/** Shares a record with a member, to edit, for a few seconds. */
const shareBriefly = async (workspace: Workspace, person: Person, resource: string, record: string, seconds: number) =>
	must(
		await service()
			.from('shares')
			.insert({
				org_id: workspace.id,
				resource,
				record_id: record,
				user_id: person.id,
				access: 'edit',
				expires_at: new Date(Date.now() + seconds * 1000).toISOString()
			})
			.select('id')
	);

const endings = [
	{
		how: 'removed',
		end: (workspace: Workspace, person: Person) =>
			service().from('members').delete().eq('org_id', workspace.id).eq('user_id', person.id).throwOnError(),
		said: 'There is no such workspace, or you are not a member of it.'
	},
	{
		how: 'suspended',
		end: (workspace: Workspace, person: Person) =>
			service().from('members').update({ status: 'suspended' }).eq('org_id', workspace.id).eq('user_id', person.id).throwOnError(),
		said: 'is suspended. Ask an admin of the workspace.'
	}
];

for (const { how, end, said } of endings)
	for (const reach of ['everything', 'own records'] as const)
		test(`a member who sees ${reach} is ${how} with her board open: it says so, and hears nothing more`, async ({
			workspace,
			member,
			browserOf
		}) => {
			const person = await member('sales');
			if (reach === 'own records') await narrow(workspace, person);
			const mine = must(
				await service()
					.from('deals')
					.insert({
						org_id: workspace.id,
						pipeline_id: workspace.pipelineId,
						stage_id: workspace.stages[0]?.id ?? '',
						name: 'Was hers',
						owner_id: person.id
					})
					.select('id')
					.single()
			);
			const theirs = await browserOf(person);
			const { frames, isOpen } = listenIn(theirs);
			await openBoard(theirs, workspace);
			await expect(card(theirs, 'Was hers')).toBeVisible();
			expect(isOpen()).toBe(true);
			const witness = await browserOf(workspace.admin);
			await openBoard(witness, workspace);

			for (const status of [403, 404]) theirs.watch.expectRefusal(status);
			await end(workspace, person);
			await expect(theirs.getByText(said)).toBeVisible();
			await expect(card(theirs, 'Was hers')).toHaveCount(0);
			await expect.poll(isOpen, 'her socket is closed').toBe(false);

			frames.length = 0;
			await service().from('deals').update({ name: 'Was hers, and is not' }).eq('id', mine.id).throwOnError();
			await addDeal(workspace, { name: 'None of her business' });
			await expect(card(witness, 'Was hers, and is not')).toBeVisible();
			await expect(card(witness, 'None of her business')).toBeVisible();
			expect(frames).toEqual([]);
		});

test('a member who gets another role sees it at once, without a reload', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	const page = await browserOf(person);
	await openBoard(page, workspace);
	await expect(page.getByRole('link', { name: 'New deal', exact: true })).toBeVisible();

	const { client } = workspace.admin;
	const { data: viewer } = await client.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single().throwOnError();
	await client.from('members').update({ role_id: viewer.id }).eq('org_id', workspace.id).eq('user_id', person.id).throwOnError();
	await expect(page.getByRole('link', { name: 'New deal', exact: true })).toHaveCount(0);
	await addDeal(workspace, { name: 'Still heard of' });
	await expect(card(page, 'Still heard of')).toBeVisible();
});

test('a member of narrow reach who is given a wide one hears of everything at once', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	await narrow(workspace, person);
	await addDeal(workspace, { name: 'Was hidden' });
	const page = await browserOf(person);
	await openBoard(page, workspace);
	const viewer = must(await service().from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single());
	await service().from('members').update({ role_id: viewer.id }).eq('org_id', workspace.id).eq('user_id', person.id).throwOnError();
	await expect(card(page, 'Was hidden')).toBeVisible();
});

test('a share that runs out takes the deal off the board and out of the open panel', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	await narrow(workspace, person);
	const deal = await addDeal(workspace, { name: 'On loan', description: 'Only for a while' });
	const lasting = await addDeal(workspace, { name: 'For longer' });
	await shareBriefly(workspace, person, 'deals', lasting.id, 3600);
	await shareBriefly(workspace, person, 'deals', deal.id, 15);
	const page = await browserOf(person);
	const { frames } = listenIn(page);
	await openBoard(page, workspace);
	await card(page, 'On loan').getByRole('link').click();
	const panel = page.getByRole('dialog', { name: 'On loan' });
	await expect(panel.getByLabel('Description')).toHaveValue('Only for a while');

	page.watch.expectRefusal(404);
	await expect(panel.getByText('This deal is gone')).toBeVisible({ timeout: 60_000 });
	await expect(panel.getByLabel('Description')).toHaveCount(0);
	await expect(card(page, 'On loan')).toHaveCount(0);
	await expect(card(page, 'For longer')).toBeVisible();

	// What is told after one thing is heard after it: the second deal's message would follow the first's.
	frames.length = 0;
	await service().from('deals').update({ name: 'Nobody tells her' }).eq('id', deal.id).throwOnError();
	await service().from('deals').update({ name: 'For longer still' }).eq('id', lasting.id).throwOnError();
	await expect(card(page, 'For longer still')).toBeVisible();
	expect(frames.join('\n')).not.toContain(deal.id);
});

test('a share that runs out takes the company from its open page', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	await narrow(workspace, person);
	const company = must(
		await workspace.admin.client.from('companies').insert({ org_id: workspace.id, name: 'On loan' }).select('id').single()
	);
	await shareBriefly(workspace, person, 'companies', company.id, 8);
	const page = await browserOf(person);
	await page.goto(`/${workspace.slug}/companies/${company.id}`);
	await expect(page.getByRole('dialog', { name: 'On loan' })).toBeVisible();
	page.watch.expectRefusal(404);
	await expect(page.getByText('On loan')).toHaveCount(0, { timeout: 60_000 });
	await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('a session that is ended, and one that now owes a second factor, are out within a minute, and come back to where they were', async ({
	workspace,
	member,
	browserOf
}) => {
	test.slow();
	const board = `/${workspace.slug}/pipeline`;
	const [ended, owing] = [await browserOf(workspace.admin), await browserOf(await member('sales'))];
	for (const page of [ended, owing]) for (const status of [401, 403, 404]) page.watch.expectRefusal(status);
	await Promise.all([ended, owing].map((page) => openBoard(page, workspace)));
	must(await workspace.admin.client.auth.refreshSession());
	must({ data: true, ...(await workspace.admin.client.auth.signOut({ scope: 'others' })) });
	await service().from('organizations').update({ second_factor_required: true }).eq('id', workspace.id).throwOnError();
	await Promise.all([
		expect(ended).toHaveURL(`/sign-in?reason=ended&next=${encodeURIComponent(board)}`, { timeout: 60_000 }),
		expect(owing).toHaveURL(`/account/second-factor?next=${encodeURIComponent(board)}`, { timeout: 60_000 })
	]);
});
