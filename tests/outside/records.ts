import type { SupabaseClient } from '@supabase/supabase-js';
import assert from 'node:assert/strict';
import { check, given } from './checks.ts';
import type { Person } from './project.ts';

/** Ids of the rows made here, for what is done with them later. */
export type Records = { acme: number; ada: number; bo: number; deal: number };

const create = async (client: SupabaseClient, table: string, row: object): Promise<{ id: number } & Record<string, unknown>> =>
	given(await client.from(table).insert(row).select().single());

const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();

/** Makes companies, contacts, deals, notes and tasks; its triggers have their say. Null when not all of them are there. */
export async function checkWrites({ client }: Person): Promise<Records | null> {
	const made = new Map<string, number>();
	const me = given(await client.from('sales').select('id').eq('email', 'ada@outside.test').single()).id;
	await check('a company gets its owner and its logo from triggers', async () => {
		const acme = await create(client, 'companies', { name: 'Acme', website: 'https://www.Acme.example/about', city: 'Köln', size: 10 });
		made.set('acme', acme.id);
		assert.equal(acme.sales_id, me);
		assert.match(JSON.stringify(acme.logo), /favicon/);
		await create(client, 'companies', { name: 'Zenith, "Ltd."', city: null });
	});
	await check('contacts: addresses in lower case, arrays of tags, and no picture as nothing leaves the machine', async () => {
		const tag = await create(client, 'tags', { name: 'VIP', color: '#eddcd2' });
		made.set('tag', tag.id);
		const ada = await create(client, 'contacts', {
			...{
				first_name: 'Ada',
				last_name: 'Lovelace',
				title: 'Countess',
				company_id: made.get('acme'),
				tags: [tag.id],
				has_newsletter: true
			},
			...{
				first_seen: at(1),
				last_seen: at(2),
				email_jsonb: [{ email: 'ADA@Acme.example', type: 'Work' }],
				phone_jsonb: [{ number: '+49 221 1', type: 'Work' }]
			}
		});
		assert.deepEqual(ada.email_jsonb, [{ email: 'ada@acme.example', type: 'Work' }]);
		assert.deepEqual(ada.tags, [tag.id]);
		// `get_avatar_for_email` asks with extension http and takes every error for this.
		assert.deepEqual(ada.avatar, { src: 'ERROR' });
		const bo = await create(client, 'contacts', {
			...{ first_name: 'Bo', last_name: 'Diddley', company_id: made.get('acme'), tags: [], first_seen: at(3), last_seen: at(4) },
			...{ email_jsonb: [{ email: 'bo@acme.example', type: 'Home' }], phone_jsonb: [] }
		});
		made.set('ada', ada.id).set('bo', bo.id);
	});
	await check('deals, notes and tasks; a note moves its contact’s last_seen', async () => {
		const [acme, ada, bo] = [made.get('acme'), made.get('ada'), made.get('bo')];
		const deal = await create(client, 'deals', {
			...{ name: 'Engine', company_id: acme, contact_ids: [ada, bo], stage: 'opportunity', amount: 9_000_000_000, index: 0 },
			...{ expected_closing_date: '2026-05-31', category: 'copywriting' }
		});
		made.set('deal', deal.id);
		assert.deepEqual([deal.contact_ids, deal.amount, deal.expected_closing_date], [[ada, bo], 9_000_000_000, '2026-05-31']);
		await create(client, 'deals', { name: 'Lost', company_id: acme, contact_ids: [bo], stage: 'lost', index: 1, archived_at: at(5) });
		await create(client, 'deal_notes', { deal_id: deal.id, text: 'Asked', date: at(6) });
		await create(client, 'contact_notes', { contact_id: ada, text: 'Called', date: at(9), status: 'warm' });
		const seen = given(await client.from('contacts').select('last_seen').eq('id', ada).single()).last_seen;
		assert.equal(new Date(seen).toISOString(), at(9));
		for (const contact_id of [ada, ada, bo]) await create(client, 'tasks', { contact_id, type: 'call', text: 'Call', due_date: at(10) });
		const [done] = given(
			await client
				.from('tasks')
				.update({ done_date: at(11) })
				.eq('contact_id', bo)
				.select()
		);
		assert.equal(new Date(done.done_date).toISOString(), at(11));
	});
	const [acme, ada, bo, deal] = ['acme', 'ada', 'bo', 'deal'].map((name) => made.get(name));
	return acme && ada && bo && deal ? { acme, ada, bo, deal } : null;
}

/** The lists of the app, filtered, sorted and counted through its views. */
export async function checkLists({ client }: Person, { acme, ada, bo, deal }: Records): Promise<void> {
	const contacts = () => client.from('contacts_summary').select('id, company_name, nb_tasks', { count: 'exact' });
	const ids = async (query: PromiseLike<{ data: { id: unknown }[] | null; error: unknown }>) => given(await query).map(({ id }) => id);

	await check('contacts: searched in many columns at once, with company and open tasks', async () => {
		const columns = ['first_name', 'last_name', 'company_name', 'title', 'email_fts', 'phone_fts', 'background'];
		const search = (text: string) =>
			contacts()
				.or(columns.map((column) => `${column}.ilike.*${text}*`).join())
				.order('last_name')
				.order('id');
		assert.deepEqual(given(await search('LOVE')), [{ id: ada, company_name: 'Acme', nb_tasks: 2 }]);
		assert.deepEqual(await ids(search('acme.example')), [bo, ada]);
		assert.deepEqual(await ids(search('+49 221')), [ada]);
		assert.deepEqual(await ids(search('nobody')), []);
	});
	await check('contacts: by last seen, tag, newsletter and other', async () => {
		assert.deepEqual(await ids(contacts().gte('last_seen', at(5)).eq('has_newsletter', true)), [ada]);
		assert.deepEqual(await ids(contacts().lte('last_seen', at(5))), [bo]);
		const [tag] = given(await client.from('tags').select('id'));
		assert.deepEqual(await ids(contacts().contains('tags', [tag?.id])), [ada]);
		assert.deepEqual(await ids(contacts().neq('id', ada).in('id', [ada, bo])), [bo]);
	});
	await check('a page and the count of all; beyond the end is 416', async () => {
		const page = await contacts().order('last_seen', { ascending: false, nullsFirst: false }).range(1, 1);
		assert.deepEqual([page.status, page.count, page.data?.map(({ id }) => id)], [206, 2, [bo]]);
		const beyond = await contacts().range(10, 19);
		assert.deepEqual([beyond.status, beyond.error?.code], [416, 'PGRST103']);
	});
	await check('companies with their deals and contacts counted', async () => {
		const rows = given(
			await client.from('companies_summary').select('name, nb_deals, nb_contacts').order('nb_contacts', { ascending: false })
		);
		assert.deepEqual(rows, [
			{ name: 'Acme', nb_deals: 2, nb_contacts: 2 },
			{ name: 'Zenith, "Ltd."', nb_deals: 0, nb_contacts: 0 }
		]);
		assert.deepEqual(await ids(client.from('companies_summary').select('id').in('name', ['Acme', 'Zenith, "Nobody"'])), [acme]);
	});
	await check('deals: the board’s and the archive’s', async () => {
		const deals = () => client.from('deals').select('id, name').order('index');
		assert.deepEqual(await ids(deals().is('archived_at', null)), [deal]);
		assert.equal(given(await deals().not('archived_at', 'is', null))[0]?.name, 'Lost');
		assert.deepEqual(await ids(deals().neq('stage', 'lost').contains('contact_ids', [bo])), [deal]);
	});
	await check('deals of one company, by its name', async () => {
		const inner = client.from('deals').select('name, companies!inner(name)').eq('companies.name', 'Acme').order('name').limit(1);
		assert.deepEqual(given(await inner), [{ name: 'Engine', companies: { name: 'Acme' } }]);
	});
	await check('the log of everything that happened, the latest first, each with its row as JSON', async () => {
		const log = given(await client.from('activity_log').select('*').order('date', { ascending: false, nullsFirst: false }));
		assert.deepEqual(
			new Set(log.map(({ type }) => type)),
			new Set(['company.created', 'contact.created', 'contactNote.created', 'deal.created', 'dealNote.created'])
		);
		const note = log.find(({ type }) => type === 'contactNote.created');
		assert.deepEqual([note?.contact_note.text, note?.company_id, note?.deal], ['Called', acme, null]);
		const dates = log.map(({ date }) => Date.parse(date));
		assert.deepEqual(
			dates,
			dates.toSorted((a, b) => b - a)
		);
	});
}

/** Two contacts become one, by the database’s function; a company takes along what is its. */
export async function checkMergeAndDelete({ client }: Person, { acme, ada, bo, deal }: Records): Promise<void> {
	await check('merge_contacts: the loser’s tasks, notes, deals and addresses become the winner’s', async () => {
		assert.equal(given(await client.rpc('merge_contacts', { loser_id: bo, winner_id: ada })), ada);
		const winner = given(await client.from('contacts').select('email_jsonb, tasks(id), contact_notes(id)').eq('id', ada).single());
		assert.equal(winner.tasks.length, 3);
		assert.deepEqual(winner.email_jsonb.map(({ email }: { email: string }) => email).toSorted(), ['ada@acme.example', 'bo@acme.example']);
		assert.deepEqual(given(await client.from('deals').select('contact_ids').eq('id', deal).single()).contact_ids, [ada]);
		assert.deepEqual(given(await client.from('contacts').select('id').eq('id', bo)), []);
	});
	await check('merge_contacts of nobody raises, as HTTP 400 with the function’s words', async () => {
		const { error, status } = await client.rpc('merge_contacts', { loser_id: -1, winner_id: ada });
		assert.deepEqual([status, error?.code, error?.message], [400, 'P0001', 'Contact not found']);
	});
	await check('many rows at once are changed and deleted by their ids', async () => {
		const tasks = given(await client.from('tasks').select('id').eq('contact_id', ada));
		const ids = tasks.map(({ id }) => id);
		assert.equal(given(await client.from('tasks').update({ type: 'email' }).in('id', ids).select()).length, ids.length);
		assert.equal(given(await client.from('tasks').delete().in('id', ids).select()).length, ids.length);
	});
	await check('a deleted company takes its contacts and deals along', async () => {
		given(await client.from('companies').delete().eq('id', acme).select().single());
		for (const table of ['contacts', 'deals', 'contact_notes', 'deal_notes']) {
			assert.deepEqual(given(await client.from(table).select('id')), [], table);
		}
	});
}
