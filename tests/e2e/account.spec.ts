import { addMember, createPerson, createWorkspace, must, serviceClient } from '../support/workspace.ts';
import { openDialog, typeSignIn } from './account.ts';
import { baseUrl, endpoint, expect, expectAccessible, test } from './support.ts';

/** A red square of 600 × 400 pixels, made by the browser. */
const picture = () => {
	const canvas = document.createElement('canvas');
	[canvas.width, canvas.height] = [600, 400];
	const context = canvas.getContext('2d');
	if (!context) throw new Error('no canvas');
	context.fillStyle = '#c01020';
	context.fillRect(0, 0, 600, 400);
	return canvas.toDataURL('image/png');
};

test('the profile is edited from the menu on, and colleagues see it', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/companies`);
	await page
		.getByRole('button', { name: /^Your account/ })
		.first()
		.click();
	await page.getByRole('menuitem', { name: 'Your account' }).click();
	await expect(page).toHaveURL('/account');
	await expectAccessible(page);
	await page.getByLabel('Name', { exact: true }).fill('   ');
	page.watch.expectRefusal(400);
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Tell your colleagues who you are.')).toBeVisible();
	await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
	await page.getByLabel('Job title').fill('Rear Admiral');
	await page.getByLabel('Time zone').selectOption('America/New_York');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Profile saved')).toBeVisible();
	await page.reload();
	await expect(page.getByLabel('Job title')).toHaveValue('Rear Admiral');
	await expect(page.getByLabel('Time zone')).toHaveValue('America/New_York');
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page.getByRole('button', { name: 'Your account: Grace Hopper' }).first()).toBeAttached();
});

test('a photo is cut to a square, shown, seen by colleagues only, and removed', async ({ workspace, member, browserOf }) => {
	const colleague = await browserOf(await member('viewer'));
	const page = await browserOf(workspace.admin);
	await page.goto('/account');
	const image = Buffer.from((await page.evaluate(picture)).split(',')[1] ?? '', 'base64');
	const field = page.getByLabel(/Choose a(nother| photo)/);
	await field.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
	await expect(page.getByRole('alert')).toContainText('no picture');
	await field.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: image });
	await expect(page.getByText('This is how it will look')).toBeVisible();
	await page.getByRole('button', { name: 'Save photo' }).click();
	await expect(page.getByText('Photo saved')).toBeVisible();
	const shown = page.getByRole('main').locator('img');
	await expect(shown).toHaveAttribute('src', /\/api\/people\//);
	await expect
		.poll(() => shown.evaluate((node) => (node instanceof HTMLImageElement ? [node.naturalWidth, node.naturalHeight] : [])))
		.toEqual([256, 256]);

	const url = (await shown.getAttribute('src')) ?? '';
	expect((await colleague.request.get(url)).headers()).toMatchObject({ 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' });
	await page.goto(`/${workspace.slug}/companies`);
	await expect(page.getByRole('complementary').locator('img')).toHaveAttribute('src', url);
	await page.goto('/account');
	const stranger = await browserOf(await createPerson(endpoint()));
	expect((await stranger.request.get(url)).status()).toBe(404);

	await page.getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByText('Photo removed')).toBeVisible();
	await expect(shown).toHaveCount(0);
	expect((await colleague.request.get(`${url}&again`)).status()).toBe(404);
	expect(must(await serviceClient(endpoint()).storage.from('avatars').list(workspace.admin.id))).toEqual([]);
});

test('what is no picture is refused by the server too', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const answer = await page.request.post('/account?/photo', {
		headers: { origin: baseUrl(), accept: 'application/json' },
		multipart: { photo: { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload="alert(1)">') } }
	});
	expect(await answer.text()).toContain('no PNG, JPEG or WebP picture');
	expect(must(await serviceClient(endpoint()).storage.from('avatars').list(workspace.admin.id))).toEqual([]);
});

test('preferences follow to another browser', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto('/account/preferences');
	await expectAccessible(page);
	await page.getByLabel('Theme').selectOption('Dark');
	await page.getByLabel('Start on').selectOption('Companies');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Preferences saved')).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	const other = await browserOf(workspace.admin);
	await other.goto('/');
	await expect(other).toHaveURL(`/${workspace.slug}/companies`);
	await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('a session is ended from another browser, and all others at once', async ({ workspace, browserOf }) => {
	const lost = await browserOf(workspace.admin, {
		userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1'
	});
	await lost.goto(`/${workspace.slug}/companies`);
	await expect(lost.getByRole('heading', { name: 'Companies', exact: true })).toBeVisible();
	// A page that is open notices by itself (revocation.spec.ts); here it is the next page that tells.
	await lost.goto('about:blank');
	const page = await browserOf(workspace.admin);
	await page.goto('/account/sessions');
	await expectAccessible(page);
	const phone = page.getByRole('listitem').filter({ hasText: 'Safari on iPhone' });
	await phone.getByRole('button').click();
	await expect(phone).toHaveCount(0);
	await expect(page.getByText('Signed out there')).toBeVisible();

	await lost.goto(`/${workspace.slug}/contacts`);
	await expect(lost).toHaveURL(`/sign-in?reason=ended&next=${encodeURIComponent(`/${workspace.slug}/contacts`)}`);
	await typeSignIn(lost, workspace.admin);
	await expect(lost).toHaveURL(`/${workspace.slug}/contacts`);
	await lost.goto('about:blank');

	await page.reload();
	await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
	await expect(page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')).toHaveCount(1);
	await lost.goto('/account');
	await expect(lost).toHaveURL(/\/sign-in\?reason=ended/);
});

test('a password is changed with the one before, and signs out everywhere else', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const other = await browserOf(workspace.admin);
	page.watch.expectRefusal(400);
	await page.goto('/account/password');
	await expectAccessible(page);
	await page.getByLabel('Present password').fill('not the password');
	await page.getByLabel('New password').fill('a wholly new password');
	await page.getByRole('button', { name: 'Change password' }).click();
	await expect(page.getByText('This is not your password.')).toBeVisible();
	await page.getByLabel('Present password').fill(workspace.admin.password);
	await page.getByLabel('New password').fill('a wholly new password');
	await page.getByRole('button', { name: 'Change password' }).click();
	await expect(page.getByText('Your password is changed')).toBeVisible();
	await page.goto('/account/sessions');
	await expect(page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')).toHaveCount(1);
	await other.goto('/account');
	await expect(other).toHaveURL(/\/sign-in\?reason=ended/);
});

test('the address of a workspace leads to its board and is where one starts from then on, also for a click that asks for data only', async ({
	workspace,
	browserOf
}) => {
	const second = await createWorkspace(endpoint(), workspace.admin);
	const page = await browserOf(workspace.admin);
	const startsAt = async () => (await page.request.get('/', { maxRedirects: 0 })).headers()['location'];
	expect(await startsAt()).toBe(`/${workspace.slug}/pipeline`);
	const answer = await page.request.get(`/${second.slug}/__data.json`);
	expect(await answer.json()).toEqual({ type: 'redirect', location: `/${second.slug}/pipeline` });
	expect(await startsAt()).toBe(`/${second.slug}/pipeline`);
	await page.request.get(`/${workspace.slug}`, { maxRedirects: 0 });
	expect(await startsAt()).toBe(`/${workspace.slug}/pipeline`);
});

test('a member leaves a workspace; an owner is not offered to', async ({ browserOf }) => {
	const [mine, other] = [await createWorkspace(endpoint()), await createWorkspace(endpoint())];
	await addMember(endpoint(), other, 'viewer', mine.admin);
	const page = await browserOf(mine.admin);
	await page.goto('/account/workspaces');
	await expectAccessible(page);
	const rows = page.getByRole('list', { name: 'Workspaces' }).getByRole('listitem');
	await expect(rows).toHaveCount(2);
	await expect(rows.filter({ hasText: 'Admin, owner' }).getByRole('button')).toHaveCount(0);
	const leaving = await openDialog(page.getByRole('button', { name: /^Leave/ }), page.getByRole('dialog', { name: /^Leave/ }));
	await leaving.getByRole('button', { name: 'Leave' }).click();
	await expect(rows).toHaveCount(1);
	await expect(rows).toContainText('Admin, owner');
});

test('an account is deleted with its password, but not while it owns a workspace', async ({ workspace, member, browserOf }) => {
	const owner = await browserOf(workspace.admin);
	await owner.goto('/account/delete');
	await expect(owner.getByText('would be left without an owner')).toBeVisible();
	await expectAccessible(owner);
	await expect(owner.getByRole('button', { name: 'Delete my account' })).toHaveCount(0);
	const forced = await owner.request.post('/account/delete', {
		headers: { origin: baseUrl(), accept: 'application/json' },
		form: { current: workspace.admin.password }
	});
	expect(await forced.text()).toContain('Hand over what you own first');

	const leaving = await member('sales');
	const deal = must(await leaving.client.from('companies').insert({ org_id: workspace.id, name: 'Stays behind' }).select('id').single());
	const page = await browserOf(leaving);
	page.watch.expectRefusal(400);
	await page.goto('/account/delete');
	await expectAccessible(page);
	await page.getByLabel('Your password').fill('not the password');
	await page.getByRole('button', { name: 'Delete my account' }).click();
	await expect(page.getByText('This is not your password.')).toBeVisible();
	await page.getByLabel('Your password').fill(leaving.password);
	await page.getByRole('button', { name: 'Delete my account' }).click();
	await expect(page.getByText('Your account is deleted.')).toBeVisible();
	await typeSignIn(page, leaving);
	await expect(page.getByRole('alert')).toContainText('wrong');
	const kept = must(await workspace.admin.client.from('companies').select('owner_id').eq('id', deal.id).single());
	expect(kept.owner_id).toBeNull();
});
