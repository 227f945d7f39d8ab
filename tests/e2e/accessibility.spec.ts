import { must } from '../support/workspace.ts';
import { addDeal, openBoard } from './board.ts';
import { expect, expectAccessible, test } from './support.ts';

const desk = { name: 'a desk', viewport: { width: 1440, height: 900 } };
const phone = { name: 'a phone', viewport: { width: 390, height: 844 } };
// Colours do not depend on the size, nor the layout on the colours: every day each is looked at once, `npm run test:deep` crosses them.
const looks = [
	{ colorScheme: 'light', size: desk },
	{ colorScheme: 'dark', size: phone },
	...(process.env.DEEP
		? ([
				{ colorScheme: 'dark', size: desk },
				{ colorScheme: 'light', size: phone }
			] as const)
		: [])
] as const;

for (const { colorScheme, size } of looks)
	test(`axe finds nothing serious on any page, ${colorScheme}, on ${size.name}`, async ({ workspace, browserOf }) => {
		test.slow();
		const { client } = workspace.admin;
		const company = must(await client.from('companies').insert({ org_id: workspace.id, name: 'Acme' }).select('id').single());
		const contact = must(
			await client
				.from('contacts')
				.insert({ org_id: workspace.id, first_name: 'Cleo', email: 'cleo@example.test', company_id: company.id })
				.select('id')
				.single()
		);
		const deal = await addDeal(workspace, { name: 'Overdue deal', amount: 1234.5 });
		await client.from('deals').update({ company_id: company.id, expected_close: '2020-01-01' }).eq('id', deal.id).throwOnError();
		await addDeal(workspace, { name: 'No facts' });

		const page = await browserOf(workspace.admin, { colorScheme, viewport: size.viewport });
		await openBoard(page, workspace);
		await expectAccessible(page);
		for (const path of [
			`pipeline/${deal.id}`,
			'pipeline/new',
			'pipeline?q=nothing-matches-this',
			'pipeline/import',
			'companies',
			'companies/new',
			`companies/${company.id}`,
			'contacts',
			'contacts/new',
			`contacts/${contact.id}`
		]) {
			await page.goto(`/${workspace.slug}/${path}`);
			await expect(page.getByRole('main')).toBeVisible();
			await expectAccessible(page);
		}
		await page.goto('/welcome');
		await expectAccessible(page);
	});

test('axe finds nothing serious on the pages before the door', async ({ page }) => {
	for (const path of ['/sign-in', '/sign-up', '/recover', '/auth/confirm', '/invite/unknown', '/no-such-page']) {
		await page.goto(path);
		await expectAccessible(page);
	}
});

test('the command palette goes, creates and finds, by keyboard alone', async ({ workspace, browserOf }) => {
	const deal = await addDeal(workspace, { name: 'Lighthouse repair' });
	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await page.keyboard.press('ControlOrMeta+k');
	const palette = page.getByRole('dialog');
	await expect(palette).toBeVisible();
	await expectAccessible(page);
	await page.keyboard.type('lighthouse');
	await expect(palette.getByRole('option', { name: /Lighthouse repair/ })).toBeVisible();
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(`/${workspace.slug}/pipeline/${deal.id}`);

	await page.keyboard.press('ControlOrMeta+k');
	await page.keyboard.type('compan');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(`/${workspace.slug}/companies`);
});
