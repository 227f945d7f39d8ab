import type { Page } from '@playwright/test';
import { asCsv, asWorkbook, sampleDeals } from '../../scripts/sample-deals.mjs';
import type { Workspace } from '../support/workspace.ts';
import { expect, expectAccessible, keepAsleep, test } from './support.ts';

type Upload = { name: string; mimeType: string; buffer: Buffer };

const csv = (text: string, name = 'deals.csv'): Upload => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 2 });

async function choose(page: Page, workspace: Workspace, file: Upload): Promise<void> {
	await page.goto(`/${workspace.slug}/pipeline/import`);
	await page.getByLabel('Choose a file').setInputFiles(file);
}

/** How many deals the workspace has, as the database says. */
async function dealsOf(workspace: Workspace): Promise<number> {
	const { count } = await workspace.admin.client.from('deals').select('id', { count: 'exact', head: true }).eq('org_id', workspace.id);
	return count ?? -1;
}

test('a workbook of 2,000 deals is checked and imported', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const rows = sampleDeals(2000, { owners: [workspace.admin.email] });
	await choose(page, workspace, { name: 'deals.xlsx', mimeType: 'application/octet-stream', buffer: await asWorkbook(rows) });
	await expect(heading(page, 'Match the columns')).toBeFocused();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Check the rows' }).click();
	await expect(heading(page, '2,000 deals can be imported')).toBeVisible();
	await expectAccessible(page);
	expect(await dealsOf(workspace)).toBe(0);
	await page.getByRole('button', { name: 'Import 2,000 deals' }).click();
	await expect(heading(page, '2,000 deals imported')).toBeVisible({ timeout: 30_000 });
	await expectAccessible(page);
	expect(await dealsOf(workspace)).toBe(2000);
	await page.getByRole('link', { name: 'Open the board' }).click();
	await expect(page).toHaveURL(`/${workspace.slug}/pipeline`);
});

test('unknown stages and owners are asked about, and rows that cannot be taken say why', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await choose(
		page,
		workspace,
		csv(
			'Deals of today\n\nDeal,Deal stage,Value,Deal owner\nAlpha,Discovery,"$1,500.00",ghost@example.test\nBeta,Lead,(300),\n,Lead,5,\nGamma,Lost cause,7,\n'
		)
	);
	await page.getByLabel('“Discovery”').selectOption('Qualified');
	await page.getByLabel('“Lost cause”').selectOption('Leave these rows out');
	await expect(page.getByText('1 question to answer first.')).toBeVisible();
	await page.getByLabel('“ghost@example.test”').selectOption({ label: `Me (Ada Admin)` });
	await page.getByRole('button', { name: 'Check the rows' }).click();

	const refused = page.getByRole('region', { name: '3 rows stay out' });
	await expect(refused.getByRole('row', { name: /^5 / })).toContainText('is negative');
	await expect(refused.getByRole('row', { name: /^6 / })).toContainText('Name: is missing');
	await expect(refused.getByRole('row', { name: /^7 / })).toContainText('left out as you chose');
	const downloading = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Download as CSV' }).click();
	expect((await downloading).suggestedFilename()).toBe('deals-not-imported.csv');

	await page.getByRole('button', { name: 'Import 1 deal' }).click();
	await expect(heading(page, '1 deal imported')).toBeVisible();
	const { data } = await workspace.admin.client
		.from('deals')
		.select('name, amount, currency, owner_id, stages(name)')
		.eq('org_id', workspace.id);
	expect(data).toEqual([{ name: 'Alpha', amount: 1500, currency: 'USD', owner_id: workspace.admin.id, stages: { name: 'Qualified' } }]);
});

test('a cancelled import leaves no deal behind', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	// The second chunk is held back until the import is cancelled.
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	let chunks = 0;
	await page.route('**/api/imports/*/rows', async (route) => {
		chunks += 1;
		if (chunks > 1) await released;
		await route.continue().catch(() => undefined);
	});
	await choose(page, workspace, csv(asCsv(sampleDeals(2500, { owners: [workspace.admin.email] }))));
	await page.getByRole('button', { name: 'Check the rows' }).click();
	await page.getByRole('button', { name: 'Import 2,500 deals' }).click();
	await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '1000');

	await page.getByRole('link', { name: 'Companies' }).click();
	await expect(page.getByRole('dialog', { name: 'Leave while the import runs?' })).toBeVisible();
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await page.getByRole('button', { name: 'Cancel the import' }).click();
	await expect(page.getByText('The import was cancelled')).toBeVisible();
	release();
	expect(await dealsOf(workspace)).toBe(0);
	const { data } = await workspace.admin.client.from('imports').select('status, import_rows(row_no)').eq('org_id', workspace.id);
	expect(data).toEqual([{ status: 'cancelled', import_rows: [] }]);
});

test('a lost connection holds the import up and does not spoil it', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	page.watch.expectNetworkErrors();
	let isBack = false;
	let lost = 0;
	await page.route('**/api/imports/*/rows', async (route) => {
		if (isBack || route.request().postDataJSON().first_row !== 1000) return route.continue();
		lost += 1;
		// Once the request is lost, once only its answer: the rows of that chunk have arrived then.
		if (lost === 2) await route.fetch();
		return route.abort('internetdisconnected');
	});
	await choose(page, workspace, csv(asCsv(sampleDeals(1500, { owners: [workspace.admin.email] }))));
	await page.getByRole('button', { name: 'Check the rows' }).click();
	await page.getByRole('button', { name: 'Import 1,500 deals' }).click();
	await expect(page.getByText('The connection is lost.')).toBeVisible();
	await expect.poll(() => lost).toBeGreaterThan(1);
	isBack = true;
	await expect(heading(page, '1,500 deals imported')).toBeVisible({ timeout: 30_000 });
	expect(await dealsOf(workspace)).toBe(1500);
});

test('a file that is too large or no table is refused at once', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/pipeline/import`);
	await expectAccessible(page);
	// Playwright sends at most 50 MB: the page is told of a larger file by a drop.
	await page.evaluate(() => {
		const file = new File(['x'], 'huge.csv');
		Object.defineProperty(file, 'size', { value: 200 * 1024 * 1024 });
		const event = new DragEvent('drop', { bubbles: true, cancelable: true });
		Object.defineProperty(event, 'dataTransfer', { value: { files: [file] } });
		document.body.dispatchEvent(event);
	});
	await expect(page.getByRole('alert')).toContainText('This file is 200 MB; at most 25 MB');
	await page.getByLabel('Choose a file').setInputFiles(csv('%PDF-1.7', 'deals.csv'));
	await expect(page.getByRole('alert')).toContainText('This is a PDF, not a table.');
});

test('a member who may not import is told so', async ({ workspace, member, browserOf }) => {
	const page = await browserOf(await member('viewer'));
	page.watch.expectRefusal(403);
	await page.goto(`/${workspace.slug}/pipeline/import`);
	await expect(page.getByText('Your role does not allow importing deals.')).toBeVisible();
});

test('a file chosen before the page has woken up is read all the same', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const wake = await keepAsleep(page);
	await page.goto(`/${workspace.slug}/pipeline/import`, { waitUntil: 'commit' });
	await page.getByLabel('Choose a file').setInputFiles(csv(asCsv(sampleDeals(5, { owners: [workspace.admin.email] }))));
	wake();
	await expect(page.getByRole('button', { name: 'Check the rows' })).toBeVisible();
});
