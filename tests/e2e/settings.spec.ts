import { openDialog } from './account.ts';
import { addDeal, card, openBoard } from './board.ts';
import { baseUrl, endpoint, expect, test } from './support.ts';
import { must, serviceClient, type Workspace } from '../support/workspace.ts';

// What an admin does under Settings, and what its members see of that at once.

const settings = (workspace: Workspace, part = '') => `/${workspace.slug}/settings${part}`;

/** The bodies of the letters to an address, newest first, as the mailbox of this machine has them. */
async function lettersTo(address: string): Promise<{ subject: string; text: string }[]> {
	const base = process.env.MAIL_URL ?? '';
	const found = await (await fetch(`${base}/api/messages?recipient=${encodeURIComponent(address)}`)).json();
	return Promise.all(found.messages.map(async ({ id }: { id: string }) => (await fetch(`${base}/api/messages/${id}`)).json()));
}

test('people are invited from a pasted list, asked again, and uninvited', async ({ workspace, member, browserOf }) => {
	const names = ['ann', 'bob'].map((name) => `${name}.${crypto.randomUUID().slice(0, 8)}@example.test`);
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace, '/members'));
	await page.getByRole('link', { name: 'Invite people' }).click();
	const dialog = page.getByRole('dialog', { name: 'Invite people' });
	await dialog.getByLabel('E-mail addresses').fill(`Ann <${names[0]}>; ${names[1]}\n${workspace.admin.email}, no@address@example.test`);
	await dialog.getByLabel('Role').selectOption({ label: 'Viewer' });
	await dialog.getByRole('button', { name: 'Send invitations' }).click();
	await expect(dialog.getByText('2 invited, 2 not')).toBeVisible();
	await expect(dialog.getByText(`${workspace.admin.email} is a member already`)).toBeVisible();
	// What is left to send is what can be mended.
	await expect(dialog.getByLabel('E-mail addresses')).toHaveValue('no@address@example.test');
	await dialog.getByRole('button', { name: 'Cancel' }).click();

	const list = page.getByRole('table', { name: 'Invitations' });
	for (const name of names) await expect(list.getByText(name)).toBeVisible();
	for (const name of names) await expect.poll(async () => (await lettersTo(name)).length).toBe(1);
	expect((await lettersTo(names[0] ?? ''))[0]?.text).toMatch(new RegExp(`${baseUrl()}/invite/[0-9a-f]{64}`));

	// A second letter within a minute is refused in words.
	page.watch.expectRefusal(400);
	await list.getByRole('button', { name: `Send the invitation to ${names[0]} again` }).click();
	await expect(page.getByText('This invitation was sent a moment ago.')).toBeVisible();

	await list.getByRole('button', { name: `Withdraw the invitation to ${names[1]}` }).click();
	await expect(list.getByText(names[1] ?? '')).toHaveCount(0);

	const viewer = await browserOf(await member('viewer'));
	await viewer.goto(settings(workspace, '/members?invite'));
	await openDialog(viewer.getByRole('button', { name: /^More about/ }), viewer.getByRole('menu'));
	await expect(viewer.getByRole('dialog')).toHaveCount(0);
});

test('an owner hands the workspace over to another admin, once asked', async ({ workspace, member, browserOf }) => {
	const heir = await member('admin');
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace));
	await expect(page.getByRole('button', { name: 'Hand over…' })).toBeDisabled();
	await page.getByLabel('Hand over to').selectOption({ label: heir.name });
	const dialog = await openDialog(
		page.getByRole('button', { name: 'Hand over…' }),
		page.getByRole('dialog', { name: `over to ${heir.name}?` })
	);
	await dialog.getByRole('button', { name: 'Hand over' }).click();
	await expect(page.getByText('The workspace has a new owner')).toBeVisible();
	await expect(page.getByText(heir.email)).toBeVisible();
	await expect(page.getByLabel('Hand over to')).toHaveCount(0);
	const now = must(await serviceClient(endpoint()).from('organizations').select('owner_id').eq('id', workspace.id).single());
	expect(now.owner_id).toBe(heir.id);
});

test('a member is given another role, suspended, let in again and removed, with an heir', async ({ workspace, member, browserOf }) => {
	const leaver = await member('sales');
	const heir = await member('manager');
	const deal = await addDeal(workspace, { name: 'Inherited' }, leaver);
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace, '/members'));
	const row = page.getByRole('row').filter({ hasText: leaver.email });
	await row.getByRole('combobox').selectOption({ label: 'Viewer' });
	await expect(page.getByText('Role changed').first()).toBeVisible();

	const more = row.getByRole('button', { name: `More about ${leaver.name}` });
	await more.click();
	await page.getByRole('menuitem', { name: 'Suspend' }).click();
	await expect(row.getByText('Suspended')).toBeVisible();
	await more.click();
	await page.getByRole('menuitem', { name: 'Let in again' }).click();
	await expect(row.getByText('Suspended')).toHaveCount(0);

	await more.click();
	await page.getByRole('menuitem', { name: 'Remove…' }).click();
	const dialog = page.getByRole('dialog', { name: `Remove ${leaver.name}?` });
	await dialog.getByRole('combobox').selectOption({ label: heir.name });
	await dialog.getByRole('button', { name: 'Remove' }).click();
	await expect(row).toHaveCount(0);
	const left = must(await serviceClient(endpoint()).from('deals').select('owner_id').eq('id', deal.id).single());
	expect(left.owner_id).toBe(heir.id);
});

test('a role of the workspace’s own says what its members see and may change, at once', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	await addDeal(workspace, { name: 'Mine', amount: 100 }, person);
	await addDeal(workspace, { name: 'Somebody else’s' });
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace, '/roles'));
	await page.getByRole('link', { name: 'New role' }).click();
	const dialog = page.getByRole('dialog', { name: 'New role' });
	await dialog.getByLabel('Name').fill('Account manager');
	await dialog.getByLabel('Starts with the rights of').selectOption({ label: 'Sales' });
	await dialog.getByRole('button', { name: 'Create role' }).click();
	await expect(page.getByRole('heading', { name: 'Account manager' })).toBeVisible();
	for (const kind of ['Deals', 'Companies', 'Contacts']) await page.getByLabel(`${kind}: See`, { exact: true }).selectOption('own');
	await page.getByRole('group', { name: 'Deals' }).getByLabel('Amount').check();
	await page.getByRole('button', { name: 'Save role' }).click();
	await expect(page.getByText('Role saved')).toBeVisible();

	const theirs = await browserOf(person);
	await openBoard(theirs, workspace);
	await expect(card(theirs, 'Somebody else’s')).toBeVisible();
	await page.goto(settings(workspace, '/members'));
	await page.getByRole('row').filter({ hasText: person.email }).getByRole('combobox').selectOption({ label: 'Account manager' });
	// The open board follows without a click.
	await expect(card(theirs, 'Somebody else’s')).toHaveCount(0);
	await expect(card(theirs, 'Mine')).toBeVisible();

	await card(theirs, 'Mine').getByRole('link').click();
	const panel = theirs.getByRole('dialog', { name: 'Mine' });
	await panel.getByLabel('Amount').fill('999');
	theirs.watch.expectRefusal(403);
	await panel.getByRole('button', { name: 'Save' }).click();
	await expect(panel.getByText('Your role does not allow you to change this field.')).toBeVisible();
});

test('a role’s form that is older than what another admin decided does not undo it', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	const service = serviceClient(endpoint());
	const role = must(await service.from('roles').insert({ org_id: workspace.id, name: 'Own' }).select('id, version').single());
	const save = async (description: string, version: number) => {
		const answer = await page.request.post(`/${workspace.slug}/settings/roles/${role.id}?/save`, {
			headers: { origin: baseUrl(), 'x-sveltekit-action': 'true' },
			form: { name: 'Own', description, version: String(version) }
		});
		return (await answer.json()).type;
	};
	expect(await save('First', role.version)).toBe('success');
	expect(await save('Second', role.version)).toBe('failure');
	expect(await save('Third', role.version + 1)).toBe('success');
	expect(must(await service.from('roles').select('description').eq('id', role.id).single()).description).toBe('Third');
});

test('a deal is shared: it appears on her board, says why, and goes again', async ({ workspace, member, browserOf }) => {
	const service = serviceClient(endpoint());
	const role = must(await service.from('roles').insert({ org_id: workspace.id, name: 'Own only' }).select('id').single());
	must(
		await service
			.from('role_permissions')
			.insert(
				['deals', 'companies', 'contacts'].flatMap((resource) =>
					['read', 'update'].map((action) => ({ org_id: workspace.id, role_id: role.id, resource, action, scope: 'own' }))
				)
			)
			.select('action')
	);
	const person = await member('viewer');
	must(await service.from('members').update({ role_id: role.id }).eq('org_id', workspace.id).eq('user_id', person.id).select('id'));
	await addDeal(workspace, { name: 'Big one' });

	const theirs = await browserOf(person);
	await openBoard(theirs, workspace);
	await expect(card(theirs, 'Big one')).toHaveCount(0);
	await expect(theirs.getByText('No deals for you yet')).toBeVisible();

	const page = await browserOf(workspace.admin);
	await openBoard(page, workspace);
	await card(page, 'Big one').getByRole('link').click();
	await page.getByRole('button', { name: 'Who can see this' }).click();
	const dialog = page.getByRole('dialog', { name: 'Who can see “Big one”?' });
	await dialog.getByRole('combobox', { name: 'Whom the question is about' }).selectOption({ label: person.name });
	await expect(dialog.getByText('reaches own deals only')).toBeVisible();
	await dialog.getByLabel('Share with').selectOption({ label: person.name });
	await dialog.getByLabel('They may').selectOption('edit');
	await dialog.getByRole('button', { name: 'Share', exact: true }).click();
	await expect(dialog.getByText('It is shared with them')).toBeVisible();
	await expect(card(theirs, 'Big one')).toBeVisible();

	await dialog.getByRole('button', { name: `Stop sharing with ${person.name}` }).click();
	await expect(dialog.getByText('It is shared with them')).toHaveCount(0);
	await expect(card(theirs, 'Big one')).toHaveCount(0);
});

test('an admin sees the workspace as a member, changes nothing, and it is noted', async ({ workspace, member, browserOf }) => {
	const person = await member('viewer');
	await addDeal(workspace, { name: 'Look' });
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace, '/members'));
	await page.getByRole('button', { name: `More about ${person.name}` }).click();
	await openDialog(page.getByRole('menuitem', { name: 'View as…' }), page.getByRole('dialog'));
	await page.getByLabel('Why').fill('She cannot find a deal');
	await page.getByRole('button', { name: `View as ${person.name}` }).click();
	await expect(page.getByText(`You see this workspace as ${person.name}`)).toBeVisible();
	await expect(card(page, 'Look')).toBeVisible();
	await expect(page.getByRole('link', { name: 'New deal', exact: true })).toHaveCount(0);

	// Whatever is sent all the same is refused, for the workspace and for the admin's own account.
	const own = await page.request.post('/account/password', { form: { password: 'x' }, headers: { origin: baseUrl() } });
	expect(own.status()).toBe(403);
	const changed = await page.request.post(settings(workspace, '?/save'), {
		form: { name: 'Taken over', currency: 'EUR' },
		headers: { origin: baseUrl() }
	});
	expect(changed.status()).toBe(403);
	// However it is spelt, the account page is not theirs to see, and would be the admin's own.
	await page.goto('/%61ccount/email');
	await expect(page).toHaveURL(`/${workspace.slug}/pipeline`);

	// The way out is in reach whatever is open.
	await card(page, 'Look').getByRole('link').click();
	await expect(page.getByRole('dialog', { name: 'Look' })).toBeVisible();
	// What the page was still asking for as the member is refused once the view is over.
	page.watch.expectRefusal(403);
	await page.getByRole('button', { name: 'End' }).click();
	await page.waitForURL(settings(workspace, '/members'));
	await expect(page.getByText('You see this workspace as')).toHaveCount(0);
	await page.goto(settings(workspace, '/security'));
	const log = page.getByRole('table', { name: 'Views as somebody else' });
	await expect(log.getByRole('cell', { name: 'She cannot find a deal', exact: true })).toBeVisible();
	await expect(log.getByText(person.name)).toBeVisible();
});

test('a workspace is not made to demand what its admin’s own session lacks', async ({ workspace, browserOf }) => {
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace, '/security'));
	await page.getByLabel('Everybody needs a second factor').check();
	page.watch.expectRefusal(400);
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Your own session would not meet this.')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Set up your second factor' })).toBeVisible();
});

test('teams are made, filled, led and removed', async ({ workspace, member, browserOf }) => {
	const person = await member('sales');
	const page = await browserOf(workspace.admin);
	await page.goto(settings(workspace, '/teams'));
	await page.getByLabel('New team').fill('Nordics');
	await page.getByRole('button', { name: 'Add team' }).click();
	const team = page.getByRole('article', { name: 'Team Nordics' });
	await team.getByLabel('Add to Nordics').selectOption({ label: person.name });
	await team.getByRole('button', { name: 'Add' }).click();
	const lead = team.getByRole('button', { name: `${person.name} leads Nordics` });
	await expect(lead).toHaveAttribute('aria-pressed', 'false');
	await lead.click();
	await expect(lead).toHaveAttribute('aria-pressed', 'true');
	await team.getByRole('button', { name: `Take ${person.name} out of Nordics` }).click();
	await expect(team.getByText('Nobody is in this team.')).toBeVisible();
	await team.getByRole('button', { name: 'More about Nordics' }).click();
	await page.getByRole('menuitem', { name: 'Remove team…' }).click();
	await page.getByRole('button', { name: 'Remove team', exact: true }).click();
	await expect(team).toHaveCount(0);
});

test('personal data of a contact is written by those who may, and not even sent to the others', async ({
	workspace,
	member,
	browserOf
}) => {
	const contact = must(
		await workspace.admin.client.from('contacts').insert({ org_id: workspace.id, first_name: 'Grace' }).select('id').single()
	);
	const page = await browserOf(workspace.admin);
	await page.goto(`/${workspace.slug}/contacts/${contact.id}`);
	const section = page.getByRole('region', { name: 'Personal data' });
	await section.getByRole('link', { name: 'Add' }).click();
	await section.getByLabel('Private phone').fill('+49 171 555 0100');
	await section.getByLabel('Birthday').fill('1990-02-03');
	await section.getByRole('button', { name: 'Save personal data' }).click();
	await expect(section.getByText('+49 171 555 0100')).toBeVisible();

	const viewer = await browserOf(await member('viewer'));
	const answer = await viewer.goto(`/${workspace.slug}/contacts/${contact.id}`);
	await expect(viewer.getByRole('dialog', { name: 'Grace' })).toBeVisible();
	await expect(viewer.getByText('Personal data')).toHaveCount(0);
	expect(await answer?.text()).not.toContain('555 0100');
});
