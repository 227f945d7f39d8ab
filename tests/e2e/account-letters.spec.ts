import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { createPerson, must, serviceClient } from '../support/workspace.ts';
import { openDialog, setUpAuthenticator, typeSignIn } from './account.ts';
import { countLetters, letterTo } from './letters.ts';
import { baseUrl, endpoint, expect, expectAccessible, signIn, test } from './support.ts';

const newPassword = 'a wholly new password';

test('a forgotten password: the letter lets choose another, once, in any browser', async ({ page, browser }) => {
	const person = await createPerson(endpoint());
	await page.goto('/sign-in');
	await page.getByLabel('E-mail').fill(person.email);
	await page.getByRole('link', { name: 'Forgot your password?' }).click();
	await expectAccessible(page);
	await expect(page.getByLabel('E-mail')).toHaveValue(person.email);
	await page.getByRole('button', { name: 'Send the letter' }).click();
	await expect(page.getByText('a letter with a link and a code is on its way')).toBeVisible();
	await expectAccessible(page);
	const { link } = await letterTo(person.email, /Choose a new password/);

	// Another browser, on the phone where the mail is read; a program that looks through letters has opened the link before.
	const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
	const there = await phone.newPage();
	expect((await there.request.get(link)).status()).toBe(200);
	await there.goto(link);
	await expectAccessible(there);
	await there.getByRole('button', { name: 'Continue' }).click();
	await expect(there).toHaveURL('/account/password');
	await expect(there.getByLabel('Present password')).toHaveCount(0);
	await there.getByLabel('New password').fill(newPassword);
	await there.getByRole('button', { name: 'Change password' }).click();
	await expect(there.getByText('Your password is changed')).toBeVisible();
	await letterTo(person.email, /password was changed/);

	await page.goto(link);
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page.getByText('This link was used already')).toBeVisible();
	await page.goto('/sign-in');
	await typeSignIn(page, person);
	await expect(page.getByRole('alert')).toContainText('wrong');
	await typeSignIn(page, { email: person.email, password: newPassword });
	await expect(page).toHaveURL('/welcome');
	await phone.close();
});

test('the code of the letter does the same, and nobody learns whether an address has an account', async ({ page }) => {
	const person = await createPerson(endpoint());
	const unknown = `${randomUUID()}@example.test`;
	const said: string[] = [];
	for (const email of [person.email, unknown]) {
		await page.goto('/recover');
		await page.getByLabel('E-mail').fill(email);
		await page.getByRole('button', { name: 'Send the letter' }).click();
		await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
		said.push((await page.getByRole('main').innerText()).replace(email, '…'));
	}
	expect(said[1]).toBe(said[0]);
	const { code } = await letterTo(person.email, /Choose a new password/);
	expect(await countLetters(unknown, /./)).toBe(0);

	await page.goto('/recover');
	await page.getByLabel('E-mail').fill(person.email);
	await page.getByRole('button', { name: 'Send the letter' }).click();
	await page.getByLabel('Code from the letter').fill(code === '000000' ? '000001' : '000000');
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page.getByText('This code is wrong, was used already')).toBeVisible();
	await page.getByLabel('Code from the letter').fill(code);
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page).toHaveURL('/account/password');
});

test('a letter leads to no other site, whatever its address says', async ({ page }) => {
	const person = await createPerson(endpoint());
	await page.goto(`/recover?email=${encodeURIComponent(person.email)}`);
	await page.getByRole('button', { name: 'Send the letter' }).click();
	const link = new URL((await letterTo(person.email, /Choose a new password/)).link);
	link.searchParams.set('next', 'https://evil.test/steal');
	await page.goto(link.href);
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page).toHaveURL('/account/password');
});

test('a letter alone does not pass a second factor', async ({ page, browser }) => {
	const person = await createPerson(endpoint());
	await signIn(page, person);
	await page.goto('/account/second-factor');
	const { next } = await setUpAuthenticator(page);
	const thief = await browser.newContext();
	const there = await thief.newPage();
	await there.goto(`/recover?email=${encodeURIComponent(person.email)}`);
	await there.getByRole('button', { name: 'Send the letter' }).click();
	await there.goto((await letterTo(person.email, /Choose a new password/)).link);
	await there.getByRole('button', { name: 'Continue' }).click();
	await expect(there).toHaveURL(`/sign-in/code?next=${encodeURIComponent('/account/password')}`);
	await there.getByLabel('Code').fill(next());
	await there.getByRole('button', { name: 'Continue' }).click();
	await there.getByLabel('New password').fill(newPassword);
	await there.getByRole('button', { name: 'Change password' }).click();
	await expect(there.getByText('Your password is changed')).toBeVisible();
	// Whoever was signed in elsewhere is not any more.
	await page.goto('/account');
	await expect(page).toHaveURL(/\/sign-in\?reason=ended/);
	await thief.close();
});

/** Invites by the settings page, and gives the link of the letter. */
async function invite(page: Page, slug: string, email: string, role: string): Promise<string> {
	await page.goto(`/${slug}/settings/members`);
	const dialog = await openDialog(page.getByRole('link', { name: /^Invite/ }), page.getByRole('dialog', { name: 'Invite people' }));
	await dialog.getByLabel('E-mail addresses').fill(email);
	await dialog.getByLabel('Role').selectOption({ label: role });
	await dialog.getByRole('button', { name: /^(Send|Invite)/ }).click();
	return (await letterTo(email, /You are invited/)).link;
}

test('a new person is invited by letter, chooses a password and is in', async ({ workspace, browserOf, page }) => {
	const email = `${randomUUID()}@example.test`;
	const link = await invite(await browserOf(workspace.admin), workspace.slug, email, 'Sales');
	const answer = await page.goto(link);
	expect(answer?.headers()).toMatchObject({ 'referrer-policy': 'same-origin', 'cache-control': 'private, no-store' });
	await expect(page.getByRole('heading')).toContainText('Join Workspace');
	await expectAccessible(page);
	await page.getByLabel('Your name').fill('Nora New');
	await page.getByLabel('Choose a password').fill('short');
	await page.getByLabel('Choose a password').evaluate((field) => field.removeAttribute('minlength'));
	await page.getByRole('button', { name: 'Create account and join' }).click();
	await expect(page.getByText('Use at least 8 characters.')).toBeVisible();
	await page.getByLabel('Choose a password').fill(newPassword);
	await page.getByRole('button', { name: 'Create account and join' }).click();
	await expect(page).toHaveURL(`/${workspace.slug}/pipeline`);
	await expect(page.getByRole('button', { name: /Nora New/ }).first()).toBeVisible();
	// The letter is used up.
	await page.goto(link);
	await expect(page.getByRole('heading', { name: 'This invitation is used' })).toBeVisible();
	const person = must(await serviceClient(endpoint()).from('profiles').select('id').eq('email', email).single());
	const { data } = await serviceClient(endpoint()).auth.admin.getUserById(person.id);
	expect(data.user?.email_confirmed_at, 'the letter has proved the mailbox').toBeTruthy();
});

test('somebody with an account signs in first; somebody else is told whose it is', async ({ workspace, browserOf, page }) => {
	const invited = await createPerson(endpoint(), 'Ida Invited');
	const other = await createPerson(endpoint(), 'Otto Other');
	const link = await invite(await browserOf(workspace.admin), workspace.slug, invited.email, 'Viewer');
	await signIn(page, other);
	await page.goto(link);
	await expect(page.getByText('You are signed in as somebody else')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page).toHaveURL(link);
	await page.getByRole('link', { name: 'Sign in to join' }).click();
	await expect(page.getByLabel('E-mail')).toHaveValue(invited.email);
	await page.getByLabel('Password').fill(invited.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page).toHaveURL(link);
	await page.getByRole('button', { name: `Join as ${invited.email}` }).click();
	await expect(page).toHaveURL(`/${workspace.slug}/pipeline`);
});

test('a link that no letter carried neither proves a mailbox nor tells who has an account', async ({ workspace, page }) => {
	const { client } = workspace.admin;
	const known = await createPerson(endpoint());
	const role = must(await client.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single());
	const made = must(
		await client.rpc('invite_members', { org: workspace.id, emails: [known.email, `${randomUUID()}@example.test`], role: role.id })
	);
	const said: string[] = [];
	for (const { token, email } of made) {
		await page.goto(`/invite/${token}`);
		said.push((await page.getByRole('main').innerText()).replaceAll(email, '…'));
	}
	expect(said[1]).toBe(said[0]);
	await page.goto(`/invite/${made[0]?.token}.${'x'.repeat(32)}`);
	expect((await page.getByRole('main').innerText()).replaceAll(made[0]?.email ?? '', '…')).toBe(said[0]);
});

test('an invitation that is over says so, and an unknown one tells nothing', async ({ workspace, page }) => {
	const { client } = workspace.admin;
	const email = `${randomUUID()}@example.test`;
	const role = must(await client.from('roles').select('id').eq('org_id', workspace.id).eq('key', 'viewer').single());
	const [made] = must(await client.rpc('invite_members', { org: workspace.id, emails: [email], role: role.id }));
	const service = serviceClient(endpoint());
	await service
		.from('invitations')
		.update({ expires_at: '2020-01-01' })
		.eq('id', made?.invitation_id ?? '')
		.throwOnError();
	await page.goto(`/invite/${made?.token}`);
	await expect(page.getByRole('heading', { name: 'This invitation has run out' })).toBeVisible();
	await client.rpc('revoke_invitation', { invitation: made?.invitation_id ?? '' }).throwOnError();
	await page.reload();
	await expect(page.getByRole('heading', { name: 'This invitation was withdrawn' })).toBeVisible();
	for (const wrong of [randomUUID(), `${made?.token}0`, '..%2F..', '.']) {
		await page.goto(`/invite/${wrong}`);
		await expect(page.getByText(workspace.slug)).toHaveCount(0);
		await expect(page.getByLabel('Choose a password')).toHaveCount(0);
	}
});

test('a change of address takes the password and both mailboxes, and opens no session', async ({ workspace, browserOf, browser }) => {
	const person = workspace.admin;
	const next = `${randomUUID()}@example.test`;
	const page = await browserOf(person);
	page.watch.expectRefusal(400);
	await page.goto('/account/email');
	await page.getByLabel('New address').fill(next);
	await page.getByLabel('Your password').fill('not the password');
	await page.getByRole('button', { name: 'Send the letters' }).click();
	await expect(page.getByText('This is not your password.')).toBeVisible();
	await page.getByLabel('Your password').fill(person.password);
	await page.getByRole('button', { name: 'Send the letters' }).click();
	await expect(page.getByRole('heading', { name: 'Waiting for both mailboxes' })).toBeVisible();
	await expectAccessible(page);
	const subject = /Confirm the change of your e-mail address/;
	const [fromNew, fromPresent] = [await letterTo(next, subject), await letterTo(person.email, subject)];

	const stranger = await browser.newContext({ baseURL: baseUrl() });
	const there = await stranger.newPage();
	await there.goto(fromNew.link);
	await there.getByRole('button', { name: 'Confirm' }).click();
	await expect(there.getByRole('heading', { name: 'One of two' })).toBeVisible();
	await there.goto('/account');
	await expect(there, 'no session').toHaveURL(/\/sign-in/);
	await page.goto('/account/email');
	await page.getByLabel(`Code sent to ${person.email}`).fill(fromPresent.code);
	await page.getByRole('button', { name: 'Continue' }).nth(1).click();
	await expect(page.getByText('Your address has changed')).toBeVisible();
	await expect(page.getByText(next).first()).toBeVisible();
	await letterTo(person.email, /e-mail address was changed/);
	await there.goto('/sign-in');
	await typeSignIn(there, { email: next, password: person.password });
	await expect(there).toHaveURL(`/${workspace.slug}/pipeline`);
	await stranger.close();
});
