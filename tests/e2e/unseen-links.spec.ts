import { must, type Workspace } from '../support/workspace.ts';
import { addDeal, card, openBoard } from './board.ts';
import { giveReach } from './rights.ts';
import { expect, test } from './support.ts';

// A deal and a contact of a company that their reader may not see: they say that there is one, and saving them leaves it where it is.

const unseen = 'A company you cannot see';

async function linkToHidden(workspace: Workspace) {
	const { client } = workspace.admin;
	const company = must(await client.from('companies').insert({ org_id: workspace.id, name: 'Hidden Works' }).select('id').single());
	const contact = must(
		await client
			.from('contacts')
			.insert({ org_id: workspace.id, first_name: 'Cora', last_name: 'Contact', company_id: company.id })
			.select('id')
			.single()
	);
	const deal = await addDeal(workspace, { name: 'Linked deal' });
	must(await client.from('deals').update({ company_id: company.id, contact_id: contact.id }).eq('id', deal.id).select('id'));
	return { company, contact, deal };
}

const rowOf = async (workspace: Workspace, table: 'deals' | 'contacts', id: string) =>
	must(await workspace.admin.client.from(table).select('company_id, description').eq('id', id).single());

test('a deal of a company one may not see says so on its card and in its form, and keeps it when saved', async ({
	workspace,
	member,
	browserOf
}) => {
	const { company, deal } = await linkToHidden(workspace);
	await addDeal(workspace, { name: 'Free deal' });
	const person = await member('sales');
	await giveReach(workspace, person, { deals: 'all', companies: 'own', contacts: 'own' });
	const page = await browserOf(person);
	await openBoard(page, workspace);
	await expect(card(page, 'Linked deal')).toContainText(unseen);
	await expect(card(page, 'Free deal')).toContainText('No company');
	await card(page, 'Linked deal').getByRole('link').click();
	const panel = page.getByRole('dialog', { name: 'Linked deal' });
	await expect(panel.getByLabel('Company')).toHaveValue(unseen);
	await expect(panel.getByLabel('Contact')).toHaveValue('A contact you cannot see');
	await panel.getByLabel('Description').fill('Written without seeing');
	await panel.getByRole('button', { name: 'Save' }).click();
	await expect.poll(() => rowOf(workspace, 'deals', deal.id)).toEqual({ company_id: company.id, description: 'Written without seeing' });
	await expect(page.getByText('Hidden Works')).toHaveCount(0);
});

test('so does a contact, in the list, in its form and to whoever may only read it', async ({ workspace, member, browserOf }) => {
	const { company, contact } = await linkToHidden(workspace);
	const person = await member('sales');
	await giveReach(workspace, person, { deals: 'all', companies: 'own', contacts: 'all' });
	const page = await browserOf(person);
	await page.goto(`/${workspace.slug}/contacts`);
	await expect(page.getByRole('row', { name: /Cora Contact/ })).toContainText(unseen);
	await page.getByRole('link', { name: 'Cora Contact' }).click();
	const panel = page.getByRole('dialog', { name: 'Cora Contact' });
	await expect(panel.getByLabel('Company')).toHaveValue(unseen);
	await panel.getByLabel('Description').fill('Written without seeing');
	await panel.getByRole('button', { name: 'Save' }).click();
	await expect
		.poll(() => rowOf(workspace, 'contacts', contact.id))
		.toEqual({ company_id: company.id, description: 'Written without seeing' });

	await giveReach(workspace, person, { deals: 'all', companies: 'own', contacts: 'all' }, ['read']);
	await page.reload();
	await expect(panel.getByText(unseen)).toBeVisible();
	await page.goto(`/${workspace.slug}/pipeline`);
	await card(page, 'Linked deal').getByRole('link').click();
	await expect(page.getByRole('dialog', { name: 'Linked deal' }).getByText(unseen)).toBeVisible();
	await expect(page.getByText('Hidden Works')).toHaveCount(0);
});
