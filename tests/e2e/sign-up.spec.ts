import { randomUUID } from 'node:crypto';
import { createPerson } from '../support/workspace.ts';
import { cardIn } from './board.ts';
import { endpoint, expect, test } from './support.ts';

test('from sign-up to the first deal', async ({ page }) => {
	const email = `${randomUUID()}@example.test`;
	await page.goto('/sign-up');
	await page.getByLabel('Your name').fill('Nora New');
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password').fill('a-long-enough-password');
	await page.getByLabel('Workspace name').fill('Fresh Start Ltd');
	await page.getByRole('button', { name: 'Create account' }).click();
	await page.waitForURL(/\/fresh-start-ltd[^/]*\/pipeline/);
	for (const stage of ['Lead', 'Qualified', 'Proposal', 'Negotiation', 'Won', 'Lost'])
		await expect(page.getByRole('region', { name: stage, exact: true })).toBeAttached();

	await page.getByRole('link', { name: 'New deal', exact: true }).click();
	await page.getByRole('textbox', { name: 'Name' }).fill('Our very first deal');
	await page.getByLabel('Amount').fill('12500.50');
	await page.getByRole('button', { name: 'Add deal' }).click();
	await expect(cardIn(page, 'Lead', 'Our very first deal')).toContainText('12,500.50');

	await page.reload();
	await expect(cardIn(page, 'Lead', 'Our very first deal')).toBeVisible();
});

test('an address that is registered already is told so, and what was typed is kept', async ({ page }) => {
	const person = await createPerson(endpoint());
	await page.goto('/sign-up');
	await page.getByLabel('Your name').fill('Impatient Person');
	await page.getByLabel('E-mail').fill(person.email);
	await page.getByLabel('Password').fill('a-long-enough-password');
	await page.getByLabel('Workspace name').fill('Second Try');
	await page.getByRole('button', { name: 'Create account' }).click();
	await expect(page.getByRole('link', { name: `Sign in as ${person.email}` })).toBeVisible();
	await expect(page.getByLabel('Workspace name')).toHaveValue('Second Try');
	await expect(page).toHaveURL(/sign-up/);
});

test('a wrong password says nothing about whether the account exists', async ({ page }) => {
	const person = await createPerson(endpoint());
	const answers: string[] = [];
	for (const email of [person.email, `${randomUUID()}@example.test`]) {
		await page.goto('/sign-in');
		await page.getByLabel('E-mail').fill(email);
		await page.getByLabel('Password').fill('not the password');
		await page.getByRole('button', { name: 'Sign in' }).click();
		answers.push((await page.getByRole('alert').innerText()).trim());
	}
	expect(answers[0]).toBe(answers[1]);
	expect(answers[0]).not.toBe('');
});
