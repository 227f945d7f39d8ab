import { addDeal, card, cardIn, column, dealRow, drag, openBoard, stageId } from './board.ts';
import { expect, test } from './support.ts';

test('a drag by one person is seen by the other at once, and kept', async ({ workspace, member, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Solar roof', amount: 1200 });
	const ann = await browserOf(workspace.admin);
	const ben = await browserOf(await member('sales'));
	await openBoard(ann, workspace);
	await openBoard(ben, workspace);

	await drag(ann, 'Solar roof', 'Proposal');

	await expect(cardIn(ann, 'Proposal', 'Solar roof')).toBeVisible();
	await expect(cardIn(ben, 'Proposal', 'Solar roof')).toBeVisible();
	await expect(cardIn(ben, 'Lead', 'Solar roof')).toHaveCount(0);
	await expect(column(ben, 'Proposal').locator('[data-count="1"]')).toBeVisible();
	await expect.poll(async () => (await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Proposal'));
	await ann.reload();
	await expect(cardIn(ann, 'Proposal', 'Solar roof')).toBeVisible();
});

test('what others create, rename and delete appears without a reload', async ({ workspace, member, browserOf }) => {
	const ann = workspace.admin;
	const page = await browserOf(await member('viewer'));
	await openBoard(page, workspace);

	const deal = await addDeal(workspace, { name: 'Brand new', amount: 500 });
	await expect(cardIn(page, 'Lead', 'Brand new')).toBeVisible();

	await ann.client.from('deals').update({ name: 'Renamed meanwhile' }).eq('id', deal.id).throwOnError();
	await expect(cardIn(page, 'Lead', 'Renamed meanwhile')).toBeVisible();

	await ann.client.rpc('trash_records', { resource: 'deals', ids: [deal.id] }).throwOnError();
	await expect(card(page, 'Renamed meanwhile')).toHaveCount(0);
	await expect(column(page, 'Lead').locator('[data-count="0"]')).toBeVisible();
});

test('avatars show who is here and who looks at which deal', async ({ workspace, member, browserOf }) => {
	await addDeal(workspace, { name: 'Harbour crane' });
	const ben = await member('sales');
	const annsPage = await browserOf(workspace.admin);
	const bensPage = await browserOf(ben);
	await openBoard(annsPage, workspace);
	await openBoard(bensPage, workspace);
	const benHere = annsPage.getByRole('list', { name: 'Here now' }).getByRole('img', { name: ben.name });
	await expect(benHere).toBeVisible();

	await card(bensPage, 'Harbour crane').getByRole('link').click();
	await expect(card(annsPage, 'Harbour crane').getByTitle(`${ben.name} looks at this deal`)).toBeVisible();
	await bensPage.keyboard.press('Escape');
	await expect(card(annsPage, 'Harbour crane').locator('[data-person]')).toHaveCount(0);

	await bensPage.context().close();
	await expect(benHere).toHaveCount(0);
});

test('a card in the air shows whose hand it is in, until it is put down', async ({ workspace, member, browserOf }) => {
	await addDeal(workspace, { name: 'Harbour crane' });
	const ben = await member('manager');
	const annsPage = await browserOf(workspace.admin);
	const bensPage = await browserOf(ben);
	await openBoard(annsPage, workspace);
	await openBoard(bensPage, workspace);

	await drag(bensPage, 'Harbour crane', 'Qualified', { drop: false });
	await expect(card(annsPage, 'Harbour crane').getByTitle(`${ben.name} is moving this deal`)).toBeVisible();
	await bensPage.mouse.up();
	await expect(cardIn(annsPage, 'Qualified', 'Harbour crane')).toBeVisible();
	await expect(card(annsPage, 'Harbour crane').locator('[data-person]')).toHaveCount(0);
});

test('a colleague who copies the id of my request cannot hide a change from me', async ({ workspace, member, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Under watch' });
	const ben = await member('manager');
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	const moving = page.waitForRequest((request) => request.method() === 'PATCH');
	await drag(page, 'Under watch', 'Qualified');
	const requestId = (await moving).headers()['x-request-id'];
	expect(requestId).toBeTruthy();
	await expect.poll(async () => (await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Qualified'));

	await ben.client
		.from('deals')
		.update({ name: 'Changed in the dark' })
		.eq('id', deal.id)
		.setHeader('x-request-id', requestId ?? '')
		.throwOnError();
	await expect(card(page, 'Changed in the dark')).toBeVisible();
});
