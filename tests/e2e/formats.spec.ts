import postgres from 'postgres';
import { must, serviceClient } from '../support/workspace.ts';
import { addDeal, card, openBoard } from './board.ts';
import { endpoint, expect, test } from './support.ts';

// Dates, moments and numbers are told as each member wants them, by the server's first page and by the browser alike.

test('a member who reads German and lives in Tokyo sees dates, times and amounts so, from the first paint on', async ({
	workspace,
	browserOf
}) => {
	const deal = await addDeal(workspace, { name: 'Turm', amount: 12500.5 });
	const service = serviceClient(endpoint());
	must(await service.from('deals').update({ expected_close: '2031-12-24', currency: 'EUR' }).eq('id', deal.id).select('id'));
	must(await service.from('companies').insert({ org_id: workspace.id, name: 'Turmbau', created_at: '2024-12-24T16:00:00Z' }).select('id'));
	const sql = postgres(process.env.SUPABASE_DB_URL ?? '', { max: 1 });
	await sql`insert into public.member_views (org_id, viewer_id, member_id, session_id, reason, created_at, expires_at)
		values (${workspace.id}, ${workspace.admin.id}, ${workspace.admin.id}, gen_random_uuid(), 'A look', '2024-12-24 16:30Z', '2024-12-24 17:00Z')`;
	await sql.end();

	// The device is elsewhere, and so is its clock.
	const page = await browserOf(workspace.admin, { locale: 'en-US', timezoneId: 'America/New_York' });
	const board = `/${workspace.slug}/pipeline`;
	await openBoard(page, workspace);
	await expect(card(page, 'Turm').locator('.figures')).toContainText('24 Dec 2031');
	await expect(card(page, 'Turm').locator('.figures')).toContainText('€12,500.50');
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page.getByRole('row').filter({ hasText: 'Turmbau' })).toContainText('24 Dec 2024');
	await page.goto(`/${workspace.slug}/settings/security`);
	await expect(page.getByRole('row').filter({ hasText: 'A look' })).toContainText('24 Dec 2024, 11:30');

	await page.goto('/account');
	await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
	await page.getByLabel('Dates and numbers').selectOption('de-DE');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Profile saved')).toBeVisible();

	const places: [path: string, texts: string[]][] = [
		[board, ['24.12.2031', '12.500,50 €']],
		[`/${workspace.slug}/companies`, ['25.12.2024']],
		[`/${workspace.slug}/settings/security`, ['25.12.2024, 01:30']]
	];
	for (const [path, texts] of places) {
		const answer = await page.goto(path);
		const drawn = ((await answer?.text()) ?? '').replaceAll('\u00a0', ' ').replaceAll('&nbsp;', ' ');
		await expect(page.locator('[data-live]').or(page.getByRole('main')).first()).toBeVisible();
		for (const text of texts) {
			expect(drawn, `${path}, as the server drew it`).toContain(text);
			await expect(page.getByRole('main')).toContainText(text);
		}
	}
	await openBoard(page, workspace);
	await expect(card(page, 'Turm').locator('.figures')).toContainText('24.12.2031');
});
