import { addDeal, card, cardIn, dealRow, drag, expectLive, openBoard, stageId } from './board.ts';
import { expect, test } from './support.ts';

test('a lost network: the board says so, keeps what it has, accepts nothing, and catches up without a reload', async ({
	workspace,
	browserOf
}) => {
	const kept = await addDeal(workspace, { name: 'Stays here' });
	const other = await addDeal(workspace, { name: 'Moved by a colleague' });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await page.evaluate(() => Object.assign(window, { notReloaded: true }));

	page.watch.expectNetworkErrors();
	await page.context().setOffline(true);
	await expect(page.getByText('You are offline.').first()).toBeVisible();
	await expect(card(page, 'Stays here')).toBeVisible();

	await drag(page, 'Stays here', 'Proposal');
	await expect(cardIn(page, 'Lead', 'Stays here'), 'a move that cannot be kept is not shown').toBeVisible();
	expect((await dealRow(workspace, kept.id)).stage_id).toBe(stageId(workspace, 'Lead'));

	await workspace.admin.client
		.from('deals')
		.update({ stage_id: stageId(workspace, 'Negotiation') })
		.eq('id', other.id)
		.throwOnError();
	await addDeal(workspace, { name: 'Arrived meanwhile' });

	await page.context().setOffline(false);
	await expectLive(page);
	await expect(cardIn(page, 'Negotiation', 'Moved by a colleague')).toBeVisible();
	await expect(cardIn(page, 'Lead', 'Arrived meanwhile')).toBeVisible();
	await expect(page.getByText('You are offline.')).toHaveCount(0);
	expect(await page.evaluate(() => Reflect.get(window, 'notReloaded'))).toBe(true);

	await drag(page, 'Stays here', 'Proposal');
	await expect.poll(async () => (await dealRow(workspace, kept.id)).stage_id).toBe(stageId(workspace, 'Proposal'));
});
