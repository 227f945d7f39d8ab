import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import postgres from 'postgres';
import { createPerson, must, serviceClient } from '../support/workspace.ts';
import { openDialog, setUpAuthenticator, signOut, typeSignIn } from './account.ts';
import { countLetters, letterTo } from './letters.ts';
import { baseUrl, endpoint, expect, expectAccessible, signIn, test } from './support.ts';

test('five wrong passwords lock an address for a while, whether somebody has it or not', async ({ page }) => {
	const person = await createPerson(endpoint());
	const said: string[] = [];
	for (const email of [person.email, `${randomUUID()}@example.test`]) {
		await page.goto('/sign-in');
		for (let n = 0; n < 5; n++) {
			await typeSignIn(page, { email, password: `wrong ${n}` });
			await expect(page.getByRole('alert')).toContainText('wrong');
			await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled();
			await expect(page.getByLabel('Password')).toBeFocused();
		}
		// Even the right one.
		await typeSignIn(page, { email, password: person.password });
		await expect(page.getByRole('alert')).toContainText('Too many wrong passwords');
		await expect(page).toHaveURL('/sign-in');
		said.push(await page.getByRole('alert').innerText());
	}
	expect(said[0]).toMatch(/Try again in 1 minute/);
	expect(said[1]).toBe(said[0]);
});

test('strangers who keep guessing lock an address, and not the browser of its person, which has a lock of its own', async ({
	page,
	browser
}) => {
	const person = await createPerson(endpoint());
	await page.goto('/sign-in');
	await typeSignIn(page, person);
	await expect(page).toHaveURL('/welcome');
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page).toHaveURL('/sign-in');

	const elsewhere = await browser.newContext({ baseURL: baseUrl() });
	const stranger = await elsewhere.newPage();
	const guess = async (at: Page) => {
		await typeSignIn(at, { email: person.email, password: `wrong ${randomUUID()}` });
		await expect(at.getByRole('button', { name: 'Sign in' })).toBeEnabled();
		return at.getByRole('alert').innerText();
	};
	await stranger.goto('/sign-in');
	for (let n = 0; n < 5; n++) expect(await guess(stranger)).toContain('wrong');
	await expect.poll(() => guess(stranger)).toContain('Too many wrong passwords');
	// The right one neither: nobody knows whose browser that is.
	await typeSignIn(stranger, person);
	await expect(stranger.getByRole('alert')).toContainText('Too many wrong passwords');

	await page.goto('/sign-in');
	await typeSignIn(page, person);
	await expect(page).toHaveURL('/welcome');
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page).toHaveURL('/sign-in');
	for (let n = 0; n < 5; n++) expect(await guess(page)).toContain('wrong');
	await typeSignIn(page, person);
	await expect(page.getByRole('alert')).toContainText('Too many wrong passwords');
	await elsewhere.close();
});

test('a right password forgets the wrong ones before it', async ({ page }) => {
	const person = await createPerson(endpoint());
	for (let round = 0; round < 2; round++) {
		await page.goto('/sign-in');
		for (let n = 0; n < 4; n++) {
			await typeSignIn(page, { email: person.email, password: `wrong ${n}` });
			await expect(page.getByRole('alert')).toContainText('wrong');
			await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled();
		}
		await typeSignIn(page, person);
		await expect(page).toHaveURL('/welcome');
		await page.getByRole('button', { name: 'Sign out' }).click();
		await expect(page).toHaveURL('/sign-in');
	}
});

test('a second factor is set up, asked for, and replaced by a recovery code that works once', async ({ workspace, browserOf }) => {
	test.slow();
	const person = workspace.admin;
	const page = await browserOf(person);
	page.watch.expectRefusal(400);
	await page.goto('/account/second-factor');
	const { used, next, recoveryCodes } = await setUpAuthenticator(page);
	await expectAccessible(page);
	await page.getByRole('link', { name: 'I have saved them' }).click();
	await expect(page.getByText('10 of 10 left')).toBeVisible();
	await expectAccessible(page);
	await signOut(page);

	// The password alone opens no page, however it is called; the code leads to where one wanted to go.
	await page.goto(`/${workspace.slug}/companies`);
	await typeSignIn(page, person);
	await expect(page.getByRole('heading', { name: 'Enter your code' })).toBeVisible();
	await expectAccessible(page);
	for (const path of [`/${workspace.slug}/contacts`, '/account', '/account/password']) {
		await page.goto(path);
		await expect(page, path).toHaveURL(`/sign-in/code?next=${encodeURIComponent(path)}`);
	}
	await page.goto(`/sign-in/code?next=/${workspace.slug}/companies`);
	await page.getByLabel('Code').fill(used);
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page.getByText('This code is wrong or was used already')).toBeVisible();
	await page.getByLabel('Code').fill(next());
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page).toHaveURL(`/${workspace.slug}/companies`);

	// The phone is gone: a recovery code lets in, once.
	const once = recoveryCodes[0] ?? '';
	for (const outcome of ['taken', 'refused'] as const) {
		await page.goto('/account');
		await signOut(page);
		await typeSignIn(page, person);
		await page.getByRole('link', { name: 'Lost your authenticator? Use a recovery code' }).click();
		await page.getByLabel('Recovery code').fill(once.toUpperCase());
		await page.getByRole('button', { name: 'Continue' }).click();
		if (outcome === 'refused') await expect(page.getByText('This recovery code is wrong, was used already')).toBeVisible();
		else await expect(page.getByText('You signed in with a recovery code')).toBeVisible();
	}
	await letterTo(person.email, /A recovery code was used/);
	expect(await countLetters(person.email, /A recovery code was used/)).toBe(1);

	await page.getByLabel('Recovery code').fill(recoveryCodes[1] ?? '');
	await page.getByRole('button', { name: 'Continue' }).click();
	await expect(page.getByText('8 of 10 left')).toBeVisible();
	await page.goto('/account/password');
	await expect(page.getByText('Your authenticator comes first')).toBeVisible();
	await page.goto('/account/second-factor');
	const removal = await openDialog(page.getByRole('button', { name: 'Remove Phone' }), page.getByRole('dialog', { name: 'Remove Phone?' }));
	await removal.getByRole('button', { name: 'Remove', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Set up' })).toBeVisible();
	await letterTo(person.email, /An authenticator was removed/);
	const second = await setUpAuthenticator(page);
	expect(second.recoveryCodes).not.toContain(recoveryCodes[2]);
});

test('a wrong code leaves the key on the page, and no second factor behind', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	page.watch.expectRefusal(400);
	await page.goto('/account/second-factor');
	await page.getByRole('button', { name: 'Set up' }).click();
	const key = page.getByLabel('Key for the authenticator app');
	const said = await key.innerText();
	// The same for a phone that cannot scan its own screen.
	const link = page.getByRole('link', { name: 'Open it here', includeHidden: true });
	await expect(link).toHaveAttribute(
		'href',
		new RegExp(`^otpauth://totp/GeminiCRM:.*secret=${said.replaceAll(/\s/g, '')}&issuer=GeminiCRM$`)
	);
	await page.getByLabel('Code').fill('12 34');
	await page.getByRole('button', { name: 'Turn on' }).click();
	await expect(page.getByText('A code has six digits.')).toBeVisible();
	await page.getByLabel('Code').fill('123 456');
	await page.getByRole('button', { name: 'Turn on' }).click();
	await expect(page.getByText('This code is wrong')).toBeVisible();
	await expect(key).toHaveText(said);
	await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
	await page.getByRole('link', { name: 'Cancel' }).click();
	await expect(page.getByRole('button', { name: 'Set up' })).toBeVisible();
	await expect(page.getByRole('list', { name: 'Authenticators' })).toHaveCount(0);
});

test('a stolen password neither removes the authenticator nor changes anything else', async ({ page, browser }) => {
	const person = await createPerson(endpoint());
	await signIn(page, person);
	await page.goto('/account/second-factor');
	await setUpAuthenticator(page);
	const { admin } = serviceClient(endpoint()).auth;
	const factors = async () => must(await admin.mfa.listFactors({ userId: person.id })).factors.map(({ id }) => id);
	const [factor = ''] = await factors();
	const thief = await browser.newContext({ baseURL: baseUrl() });
	const there = await thief.newPage();
	await signIn(there, person);
	const attempts: [path: string, form: Record<string, string>][] = [
		['/account/second-factor?/remove', { factor }],
		['/account/second-factor?/enrol', { name: 'Mine' }],
		['/account/second-factor?/renew', {}],
		['/account/password', { current: person.password, password: 'a wholly new password' }],
		['/account/email', { current: person.password, email: 'thief@example.test' }],
		['/account/delete', { current: person.password }],
		['/account?/save', { full_name: 'Thief', title: '', phone: '', time_zone: '', locale: '' }],
		['/account?/removePhoto', {}],
		['/account/sessions?/endOthers', {}]
	];
	for (const [path, form] of attempts) {
		const answer = await there.request.post(path, { form, headers: { origin: baseUrl(), accept: 'application/json' } });
		expect(await answer.text(), path).toMatch(/second_factor|sign-in\/code|insufficient_aal/);
	}
	expect(await factors()).toEqual([factor]);
	await page.goto('/account');
	await expect(page.getByLabel('Name', { exact: true })).toHaveValue(person.name);
	await thief.close();
});

test('a workspace that asks for a second factor leads there and back', async ({ workspace, member, browserOf }) => {
	const sales = await member('sales');
	await serviceClient(endpoint()).from('organizations').update({ second_factor_required: true }).eq('id', workspace.id).throwOnError();
	const page = await browserOf(sales);
	await page.goto('/');
	await expect(page).toHaveURL('/account/workspaces');
	await expect(page.getByText('It asks for a second factor, and you have none yet.')).toBeVisible();
	await expectAccessible(page);
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page).toHaveURL(`/account/second-factor?next=${encodeURIComponent(`/${workspace.slug}/companies`)}`);
	await expect(page.getByText('asks for a second factor. Set one up to go on.')).toBeVisible();
	await setUpAuthenticator(page);
	await page.getByRole('link', { name: 'I have saved them' }).click();
	await expect(page).toHaveURL(`/${workspace.slug}/companies`);
});

test('a session that is too old for a workspace signs in again, and comes back', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await serviceClient(endpoint()).from('organizations').update({ session_hours: 8 }).eq('id', workspace.id).throwOnError();
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page.getByRole('heading', { name: 'Companies', exact: true })).toBeVisible();
	// Not on a page of the workspace, which would sign out by itself at its next look.
	await page.goto('/account/workspaces');
	const sql = postgres(process.env.SUPABASE_DB_URL ?? '', { max: 1 });
	await sql`update auth.sessions set created_at = created_at - interval '9 hours' where user_id = ${workspace.admin.id}`;
	await sql.end();
	await page.reload();
	await expect(page.getByText('this session is too old for it')).toBeVisible();
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page).toHaveURL(`/sign-in?reason=too-old&next=${encodeURIComponent(`/${workspace.slug}/companies`)}`);
	await expectAccessible(page);
	await typeSignIn(page, workspace.admin);
	await expect(page).toHaveURL(`/${workspace.slug}/companies`);
});

test('who is suspended, or whose workspace is, reads which it is', async ({ workspace, member, browserOf }) => {
	const sales = await member('sales');
	const page = await browserOf(sales);
	page.watch.expectRefusal(403);
	const service = serviceClient(endpoint());
	await service.from('members').update({ status: 'suspended' }).eq('org_id', workspace.id).eq('user_id', sales.id).throwOnError();
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page.getByText(/Your membership of Workspace .* is suspended/)).toBeVisible();
	await service.from('organizations').update({ status: 'suspended' }).eq('id', workspace.id).throwOnError();
	await page.reload();
	await expect(page.getByText('is suspended. Its owner can tell you more.')).toBeVisible();
});

test('a letter tells of a browser that was not seen before, and not of the first or the same one', async ({ browser }) => {
	const person = await createPerson(endpoint());
	const subject = /New sign-in to your GeminiCRM account/;
	const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
	const first = await browser.newContext();
	const home = await first.newPage();
	for (let n = 0; n < 2; n++) {
		await home.goto('/sign-in');
		await typeSignIn(home, person);
		await expect(home).toHaveURL('/welcome');
		await home.getByRole('button', { name: 'Sign out' }).click();
		await expect(home).toHaveURL('/sign-in');
	}
	expect(await countLetters(person.email, subject)).toBe(0);

	const other = await browser.newContext({ userAgent: firefox });
	const away = await other.newPage();
	await away.goto('/sign-in');
	await typeSignIn(away, person);
	await expect(away).toHaveURL('/welcome');
	const letter = await letterTo(person.email, subject);
	expect(letter.text).toContain('Firefox on Windows');
	expect(letter.text).toMatch(/from (127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)/);
	await away.goto(letter.link);
	await expect(away.getByRole('listitem').filter({ hasText: 'Firefox on Windows' })).toContainText('This one');
	await Promise.all([first.close(), other.close()]);
});

test('whoever has the password cannot make a browser known behind the app, so that no letter tells of it', async ({ browser }) => {
	const person = await createPerson(endpoint());
	const home = await browser.newContext({ baseURL: baseUrl() });
	await signIn(await home.newPage(), person);
	const device = randomUUID();
	const { error } = await person.client.rpc('note_device', { person: person.id, device });
	expect(error?.code).toBe('42501');

	const away = await browser.newContext({ baseURL: baseUrl() });
	await away.addCookies([{ name: 'device', value: device, url: baseUrl() }]);
	await signIn(await away.newPage(), person);
	await letterTo(person.email, /New sign-in to your GeminiCRM account/);
	await Promise.all([home.close(), away.close()]);
});
