import { addDeal, card, cardIn, dealRow, drag, openBoard, stageId } from './board.ts';
import { expect, test } from './support.ts';

test('two people change the same field: the second sees both values and chooses', async ({ workspace, member, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Ferry contract', amount: 1000 });
	const page = await browserOf(await member('manager'));
	await openBoard(page, workspace);
	await card(page, 'Ferry contract').getByRole('link').click();
	await page.getByLabel('Amount').fill('2500');

	await workspace.admin.client.from('deals').update({ amount: 1800 }).eq('id', deal.id).throwOnError();
	page.watch.expectRefusal(409);
	await page.getByRole('button', { name: 'Save' }).click();

	const mine = page.getByRole('radio', { name: /2,500/ });
	const theirs = page.getByRole('radio', { name: /1,800/ });
	await expect(mine).toBeVisible();
	await expect(theirs).toBeVisible();
	expect((await dealRow(workspace, deal.id)).amount, 'nothing was overwritten').toBe(1800);

	await mine.check();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect.poll(async () => (await dealRow(workspace, deal.id)).amount).toBe(2500);
});

test('changes to different fields merge by themselves', async ({ workspace, member, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Night train', amount: 1000 });
	const page = await browserOf(await member('manager'));
	await openBoard(page, workspace);
	await card(page, 'Night train').getByRole('link').click();
	await page.getByRole('textbox', { name: 'Name' }).fill('Night train to Vienna');

	await workspace.admin.client.from('deals').update({ amount: 4200 }).eq('id', deal.id).throwOnError();
	await page.getByRole('button', { name: 'Save' }).click();

	await expect.poll(() => dealRow(workspace, deal.id)).toMatchObject({ name: 'Night train to Vienna', amount: 4200 });
	await expect(card(page, 'Night train to Vienna')).toContainText('4,200');
});

test('two people move one card at once: the second is asked, and nothing is overwritten', async ({ workspace, member, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Signal boxes' });
	const page = await browserOf(await member('manager'));
	await openBoard(page, workspace);
	await drag(page, 'Signal boxes', 'Proposal', { drop: false });
	await workspace.admin.client
		.from('deals')
		.update({ stage_id: stageId(workspace, 'Qualified') })
		.eq('id', deal.id)
		.throwOnError();
	page.watch.expectRefusal(409);
	await page.mouse.up();

	const dialog = page.getByRole('dialog', { name: 'Somebody else moved this deal at the same moment' });
	await expect(dialog).toBeVisible();
	expect((await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Qualified'));
	await dialog.getByRole('button', { name: 'Leave it in Qualified' }).click();
	await expect(cardIn(page, 'Qualified', 'Signal boxes')).toBeVisible();
});

test('a stage deleted while a card is in the air: the move is refused and the card stays', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'In the air' });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await drag(page, 'In the air', 'Proposal', { drop: false });
	await workspace.admin.client
		.rpc('delete_stage', { stage: stageId(workspace, 'Proposal'), move_to: stageId(workspace, 'Qualified') })
		.throwOnError();
	page.watch.expectRefusal(409);
	await page.mouse.up();

	await expect(cardIn(page, 'Lead', 'In the air')).toBeVisible();
	await expect(page.getByRole('region', { name: 'Proposal' })).toHaveCount(0);
	expect((await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Lead'));
});
