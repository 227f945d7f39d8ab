import type { Locator, Page } from '@playwright/test';
import { Secret, TOTP } from 'otpauth';
import type { Person } from '../support/workspace.ts';
import { expect } from './support.ts';

/** Signs in by typing, as far as the first page that answers. */
export async function typeSignIn(page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<void> {
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Sign in' }).click();
}

/** An authenticator app. `used` is the code that set it up, which is taken once; `next` one that is good beside it: that of the step to come. */
export type Authenticator = { used: string; next: () => string };

/** Sets up an authenticator on the page that offers it, and gives it with the recovery codes that are shown. */
export async function setUpAuthenticator(page: Page): Promise<Authenticator & { recoveryCodes: string[] }> {
	await page.getByRole('button', { name: 'Set up' }).click();
	const key = await page.getByLabel('Key for the authenticator app').innerText();
	const totp = new TOTP({ secret: Secret.fromBase32(key.replaceAll(/\s/g, '')) });
	const used = totp.generate();
	await page.getByLabel('Code').fill(used);
	await page.getByRole('button', { name: 'Turn on' }).click();
	const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
	await expect(codes).toHaveCount(10);
	return { used, next: () => totp.generate({ timestamp: Date.now() + 30_000 }), recoveryCodes: await codes.allInnerTexts() };
}

/** Signs out from the account's pages. */
export async function signOut(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Sign out', exact: true }).click();
	await expect(page).toHaveURL('/sign-in');
}

/** Opens a dialog, a form or a toast by its button, which does not before the page has woken up. */
export async function openDialog(button: Locator, dialog: Locator): Promise<Locator> {
	await expect(async () => {
		if (!(await dialog.isVisible())) await button.click();
		await expect(dialog).toBeVisible({ timeout: 1000 });
	}).toPass();
	return dialog;
}
