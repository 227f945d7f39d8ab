import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';
import type { Person } from '../support/workspace.ts';
import type { Bench } from './measure.ts';

const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

export const openBrowser = (bench: Bench): Promise<Browser> => chromium.launch({ executablePath: bench.chromium, args: flags });

/** A browser context signed in through the form. */
export async function signedIn(bench: Bench, browser: Browser, person: Person): Promise<{ context: BrowserContext; page: Page }> {
	const context = await browser.newContext({ baseURL: bench.baseUrl, viewport: { width: 1440, height: 900 } });
	const page = await context.newPage();
	await page.goto('/sign-in');
	await page.getByLabel('E-mail').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(person.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
	return { context, page };
}
