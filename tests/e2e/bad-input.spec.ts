import { addDeal, card, dealRow, openBoard } from './board.ts';
import { expect, test } from './support.ts';

test('absurd amounts and empty names are refused in words, and what was typed is kept', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/pipeline/new`);
	await page.getByRole('textbox', { name: 'Amount' }).fill('-5');
	await page.getByRole('button', { name: 'Add deal' }).click();
	const name = page.getByRole('textbox', { name: 'Name' });
	await expect(name).toHaveAttribute('aria-invalid', 'true');
	const amount = page.getByRole('textbox', { name: 'Amount' });
	await expect(amount).toHaveAttribute('aria-invalid', 'true');
	await expect(amount).toHaveValue('-5');

	await name.fill('Moon shot');
	for (const absurd of ['99999999999999999999', 'twelve', '1e400', 'NaN']) {
		await amount.fill(absurd);
		await page.getByRole('button', { name: 'Add deal' }).click();
		await expect(amount, absurd).toHaveAttribute('aria-invalid', 'true');
		await expect(amount).toHaveValue(absurd);
	}
	await amount.fill('9999999999999.99');
	await page.getByRole('button', { name: 'Add deal' }).click();
	await expect(card(page, 'Moon shot')).toBeVisible();
});

test('the endpoint refuses what the form would never send, and changes nothing', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Steady', amount: 100 });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	for (const status of [400, 413, 415]) page.watch.expectRefusal(status);
	const patch = (body: string, contentType = 'application/json') =>
		page.evaluate(
			async ([id, text, type]) =>
				(await fetch(`/api/deals/${id}`, { method: 'PATCH', headers: { 'content-type': type ?? '' }, body: text ?? '' })).status,
			[deal.id, body, contentType] as const
		);
	const change = (changes: object) => patch(JSON.stringify({ org: workspace.id, version: 1, base: {}, changes }));
	expect(await change({ name: '' })).toBe(400);
	expect(await change({ name: 'x'.repeat(5000) })).toBe(400);
	expect(await change({ amount: -1 })).toBe(400);
	expect(await change({ currency: 'DOUBLOON' })).toBe(400);
	expect(await change({ stage_id: 'not-an-id' })).toBe(400);
	expect(await patch('{"version":')).toBe(400);
	expect(await patch('version=1', 'application/x-www-form-urlencoded')).toBeGreaterThanOrEqual(400);
	expect(await patch(JSON.stringify({ org: workspace.id, version: 1, base: {}, changes: { description: 'x'.repeat(3_000_000) } }))).toBe(
		413
	);
	expect(await dealRow(workspace, deal.id)).toMatchObject({ name: 'Steady', amount: 100 });
});

test('a request from another site is refused', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Steady' });
	const page = await browserOf(workspace.admin);
	const answer = await page.request.patch(`/api/deals/${deal.id}`, {
		headers: { origin: 'https://evil.example', 'content-type': 'application/json' },
		data: { org: workspace.id, version: 1, base: { name: 'Steady' }, changes: { name: 'Taken over' } }
	});
	expect(answer.status()).toBe(403);
	const token = await page.request.post('/auth/realtime-token', { headers: { origin: 'https://evil.example' } });
	expect(token.status()).toBe(403);
	expect((await dealRow(workspace, deal.id)).name).toBe('Steady');
});

test('a link to sign in gives no reason but the ones there are', async ({ page }) => {
	for (const reason of ['constructor', '__proto__', 'toString', 'unknown']) {
		expect((await page.goto(`/sign-in?reason=${reason}`))?.status(), reason).toBe(200);
		await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	}
});
