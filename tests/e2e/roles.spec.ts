import { createWorkspace } from '../support/workspace.ts';
import { addDeal, card, dealRow, openBoard } from './board.ts';
import { baseUrl, endpoint, expect, test } from './support.ts';

test('a viewer sees the board and is offered no way to change it', async ({ workspace, member, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Look, do not touch', amount: 10 });
	const page = await browserOf(await member('viewer'));
	await openBoard(page, workspace);
	await expect(page.getByRole('link', { name: 'New deal', exact: true })).toHaveCount(0);
	await expect(page.getByRole('link', { name: 'Import deals' })).toHaveCount(0);
	await expect(page.getByRole('button', { name: 'Actions for Look, do not touch' })).toHaveCount(0);
	await card(page, 'Look, do not touch').getByRole('link').click();
	await expect(page.getByRole('dialog', { name: 'Look, do not touch' })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);

	page.watch.expectRefusal(403);
	const status = await page.evaluate(
		async ([id, org]) =>
			(
				await fetch(`/api/deals/${id}`, {
					method: 'PATCH',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify({ org, version: 1, base: { name: 'Look, do not touch' }, changes: { name: 'Touched' } })
				})
			).status,
		[deal.id, workspace.id]
	);
	expect(status).toBe(403);
	expect((await dealRow(workspace, deal.id)).name).toBe('Look, do not touch');
});

test("another company's workspace, board and deals do not exist for a stranger", async ({ workspace, browserOf }) => {
	const foreign = await createWorkspace(endpoint());
	const secret = await addDeal(foreign, { name: 'Nobody else may know' });
	const page = await browserOf(workspace.admin);
	page.watch.expectRefusal(404);
	for (const path of [`/${foreign.slug}/pipeline`, `/${foreign.slug}/companies`, `/${workspace.slug}/pipeline/${secret.id}`]) {
		const response = await page.goto(path);
		expect(response?.status(), path).toBe(404);
		await expect(page.getByText('Nobody else may know')).toHaveCount(0);
	}
	const found = await page.request.get(`/api/search?org=${foreign.id}&q=nobody`);
	expect(await found.text()).not.toContain('Nobody else may know');
});

test('a deal deleted by mistake comes back with Undo', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Wrong click' });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await card(page, 'Wrong click').getByRole('link').focus();
	await page.keyboard.press('Delete');
	await expect(card(page, 'Wrong click')).toHaveCount(0);
	await expect.poll(async () => (await dealRow(workspace, deal.id)).deleted_at).not.toBeNull();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(card(page, 'Wrong click')).toBeVisible();
	expect((await dealRow(workspace, deal.id)).deleted_at).toBeNull();
});

test("the browser's realtime token opens neither the data nor the account", async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const minted = await page.request.post('/auth/realtime-token', { headers: { origin: baseUrl() } });
	const { token, expires_at: expiresAt } = await minted.json();
	expect(expiresAt - Date.now() / 1000).toBeLessThanOrEqual(60);
	const { apiUrl, publishableKey } = endpoint();
	const headers = { apikey: publishableKey, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
	const rest = await fetch(`${apiUrl}/rest/v1/deals?select=id`, { headers });
	expect(rest.status).toBe(403);
	const account = await fetch(`${apiUrl}/auth/v1/user`, {
		method: 'PUT',
		headers,
		body: JSON.stringify({ password: 'stolen-password-1' })
	});
	expect(account.status).toBe(403);
	expect((await workspace.admin.client.auth.signInWithPassword(workspace.admin)).error).toBeNull();
});
