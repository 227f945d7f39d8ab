import { addDeal, card, cardIn, dealRow, drag, openBoard, stageId } from './board.ts';
import { expect, test } from './support.ts';

test('a card is moved by keyboard alone, and the move is spoken', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'By hand' });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await card(page, 'By hand').getByRole('link').focus();
	await page.keyboard.press('Space');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowRight');
	await expect(page.locator('[aria-live]').filter({ hasText: 'Proposal' }).first()).toBeAttached();
	await page.keyboard.press('Enter');
	await expect(cardIn(page, 'Proposal', 'By hand')).toBeVisible();
	await expect.poll(async () => (await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Proposal'));
	await expect(card(page, 'By hand').getByRole('link')).toBeFocused();
});

test('Escape puts a card that was lifted by keyboard back', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Second thoughts' });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await card(page, 'Second thoughts').getByRole('link').focus();
	await page.keyboard.press('Space');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Escape');
	await expect(cardIn(page, 'Lead', 'Second thoughts')).toBeVisible();
	expect((await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Lead'));
});

test('on a phone a card is moved from its menu', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'On the road' });
	const page = await browserOf(workspace.admin, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
	await openBoard(page, workspace);
	await page.getByRole('button', { name: 'Actions for On the road' }).tap();
	await page.getByRole('menuitemradio', { name: 'Qualified' }).tap();
	await expect.poll(async () => (await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Qualified'));
});

test('on a phone a long press lifts a card and the finger carries it', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Under the finger' });
	await addDeal(workspace, { name: 'Above it' });
	const page = await browserOf(workspace.admin, { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true });
	await openBoard(page, workspace);
	const from = await card(page, 'Under the finger').boundingBox();
	const to = await page.getByRole('region', { name: 'Qualified' }).boundingBox();
	if (!from || !to) throw new Error('nothing to touch');
	const touch = await page.context().newCDPSession(page);
	const at = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number, y: number) =>
		touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
	await at('touchStart', from.x + 40, from.y + 20);
	await expect(page.locator('[data-slot="ghost"]')).toBeAttached();
	for (let step = 1; step <= 10; step++)
		await at('touchMove', from.x + 40 + ((to.x + 40 - from.x - 40) * step) / 10, from.y + 20 + ((to.y + 90 - from.y - 20) * step) / 10);
	await at('touchEnd', 0, 0);
	await expect.poll(async () => (await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Qualified'));
});

test('won asks for a reason and a date; putting it back changes nothing', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Nearly there', amount: 900 });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await drag(page, 'Nearly there', 'Won');
	const dialog = page.getByRole('dialog', { name: 'Won: Nearly there' });
	await dialog.getByRole('button', { name: 'Put it back' }).click();
	await expect(cardIn(page, 'Lead', 'Nearly there')).toBeVisible();
	expect((await dealRow(workspace, deal.id)).stage_id).toBe(stageId(workspace, 'Lead'));

	await drag(page, 'Nearly there', 'Won');
	await dialog.getByRole('button', { name: 'Mark as won' }).click();
	await expect(dialog, 'without a reason it stays open').toBeVisible();
	await dialog.getByRole('textbox', { name: 'Reason' }).fill('They liked the live board');
	await dialog.getByRole('button', { name: 'Mark as won' }).click();
	await expect(cardIn(page, 'Won', 'Nearly there')).toBeVisible();
	await expect
		.poll(() => dealRow(workspace, deal.id))
		.toMatchObject({ stage_id: stageId(workspace, 'Won'), close_reason: 'They liked the live board' });
});
