import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, idLike, twoWorkspaces, type Seen, type TwoWorkspaces } from '../support/two-workspaces.ts';
import { serviceClient } from '../support/workspace.ts';
import { ownPlatform } from './own-platform.ts';

// What REST's own language of filters can ask about another workspace: through embeds, alternatives, lists, orders, counts and relationships that are
// computed. An id of the other workspace must answer as an id of nobody does. tenants.test.ts tries each table and function.

const { use } = ownPlatform(() => {}, 'supabase/migrations');
let sql: Sql;
let two: TwoWorkspaces;

/** A way from one table to another, as an embed names it. */
type Link = { from: string; to: string; embed: string; column: string };
let links: Link[];

beforeAll(async () => {
	sql = postgres(use().dbUrl, { max: 2 });
	two = await twoWorkspaces(use(), sql);
	// Each foreign key there and back, named, so that none is ambiguous.
	links = await sql<Link[]>`
		select source.relname as from, target.relname as to, target.relname || '!' || f.conname as embed, 'id' as column
		from pg_constraint f join pg_class source on source.oid = f.conrelid join pg_class target on target.oid = f.confrelid
		where f.contype = 'f' and f.connamespace = 'public'::regnamespace and target.relnamespace = 'public'::regnamespace
		union all
		select target.relname, source.relname, source.relname || '!' || f.conname, a.attname
		from pg_constraint f join pg_class source on source.oid = f.conrelid join pg_class target on target.oid = f.confrelid
		join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[cardinality(f.conkey)]
		where f.contype = 'f' and f.connamespace = 'public'::regnamespace and target.relnamespace = 'public'::regnamespace
		order by 1, 2, 3`;
}, 60_000);
afterAll(() => sql.end());

const seen = (path: string, prefer?: string): Promise<Seen> =>
	ask(use(), two.thief, `/rest/v1/${path}`, prefer ? { headers: { prefer } } : {});

/** Asks with an id of the other workspace and with one of nobody: no difference, and not a word of the other's. */
async function expectBlind(id: string, question: (id: string) => string, prefer?: string): Promise<Seen> {
	const real = await seen(question(id), prefer);
	const none = await seen(question(idLike(id)), prefer);
	const what = `${question('ID')} ${prefer ?? ''}`;
	expect({ what, ...real, raw: '' }).toEqual({ what, ...none, raw: '' });
	expect(real.raw, what).not.toContain(two.home.mark);
	expect(real.raw, what).not.toContain(two.home.workspace.id);
	return real;
}

/** The id columns of a table in which the victim has a value. */
const idsOf = (table: string): { column: string; id: string }[] =>
	Object.entries(two.definitions[table]?.properties ?? {}).flatMap(([column, { format }]) => {
		const id = two.home.rows[table]?.[column];
		return format === 'uuid' && typeof id === 'string' ? [{ column, id }] : [];
	});

test('an embed, whichever way, is no way to ask for a row', async () => {
	expect(links.length).toBeGreaterThan(40);
	const answers: number[] = [];
	for (const { from, to, embed } of links)
		for (const { column, id } of idsOf(to)) {
			const filtered = (kind: string) => (value: string) => `${from}?select=e:${embed}${kind}(${column})&e.${column}=eq.${value}`;
			answers.push((await expectBlind(id, filtered('!inner'), 'count=exact')).status);
			answers.push((await expectBlind(id, filtered(''))).status);
		}
	// Some columns may not be read by anybody; most can, and answer with what is the thief's own.
	expect(answers.filter((status) => status === 200 || status === 206).length).toBeGreaterThan(answers.length * 0.7);
}, 120_000);

test('nor is an embed that is counted, missing or sorted by', async () => {
	for (const { from, to, embed, column } of links) {
		const { id = '' } = idsOf(to).find((each) => each.column === column) ?? {};
		if (!id) continue;
		await expectBlind(id, (value) => `${from}?select=e:${embed}(count)&e.${column}=eq.${value}`);
		await expectBlind(id, (value) => `${from}?select=e:${embed}()&e.${column}=eq.${value}&e=is.null`, 'count=exact');
		await expectBlind(id, (value) => `${from}?select=e:${embed}()&e.${column}=eq.${value}&e=not.is.null`, 'count=exact');
	}
	for (const order of ['companies(name)', 'companies(id).desc', 'contacts(first_name).nullsfirst', 'stages(position)'])
		for (const { column, id } of idsOf('deals'))
			await expectBlind(
				id,
				(value) => `deals?select=name,companies(name),contacts(first_name),stages(name)&order=${order}&${column}=eq.${value}`
			);
}, 120_000);

test('alternatives, lists, negations and comparisons find nothing of the other workspace', async () => {
	for (const table of Object.keys(two.definitions))
		for (const { column, id } of idsOf(table))
			for (const filter of [
				(value: string) => `or=(${column}.eq.${value},${column}.in.(${value}))`,
				(value: string) => `not.and=(${column}.neq.${value},${column}.not.is.null)`,
				(value: string) => `${column}=in.(${value},${two.lair.workspace.id})`,
				(value: string) => `${column}=eq(any).{${value}}`,
				(value: string) => `${column}=not.isdistinct.${value}`,
				(value: string) => `and=(${column}.gte.${value},${column}.lte.${value})`
			])
				await expectBlind(id, (value) => `${table}?select=${column}&${filter(value)}`, 'count=exact');
}, 120_000);

test('embeds of embeds filter by nothing either', async () => {
	const id = (table: string) => String(two.home.rows[table]?.['id']);
	const deep: [string, (value: string) => string][] = [
		['companies', (value) => `deals?select=id,companies!inner(name)&companies.id=eq.${value}`],
		['companies', (value) => `deals?select=id,c:companies(name)&or=(c.not.is.null,company_id.eq.${value})`],
		['companies', (value) => `contacts?select=id,companies!inner(id,deals!inner(id))&companies.id=eq.${value}`],
		['deals', (value) => `contacts?select=id,companies!inner(id,deals!inner(id))&companies.deals.id=eq.${value}`],
		['deals', (value) => `pipelines?select=id,stages!inner(id,deals!inner(id,companies(name)))&stages.deals.id=eq.${value}`],
		['stages', (value) => `pipelines?select=id,stages!inner(deals(count))&stages.id=eq.${value}`],
		['deals', (value) => `companies?select=id,deals(count)&deals.id=eq.${value}`],
		['contacts', (value) => `companies?select=id,contacts!inner(contact_private!inner(note))&contacts.id=eq.${value}`],
		['roles', (value) => `members?select=user_id,roles!members_role_fkey!inner(name,role_permissions(scope))&roles.id=eq.${value}`],
		['teams', (value) => `team_members?select=user_id,teams!team_members_team_fkey!inner(name)&teams.id=eq.${value}`],
		['imports', (value) => `imports?select=id,import_rows!inner(row_no)&import_rows.import_id=eq.${value}`],
		['organizations', (value) => `members?select=user_id,organizations!members_org_id_fkey!inner(name)&organizations.id=eq.${value}`]
	];
	for (const [table, question] of deep)
		expect((await expectBlind(id(table), question, 'count=exact')).status, question('ID')).toBeLessThan(300);
	const { slug } = two.home.workspace;
	const bySlug = (value: string) => `members?select=user_id,organizations!members_org_id_fkey!inner(name)&organizations.slug=eq.${value}`;
	expect((await seen(bySlug(slug))).body).toBe((await seen(bySlug('no-such-workspace'))).body);
});

test('functions that answer with rows are filtered and embedded as blindly', async () => {
	const deal = String(two.home.rows['deals']?.['id']);
	for (const org of [two.lair.workspace.id, two.home.workspace.id])
		for (const kind of ['deals', 'companies', 'contacts']) {
			const id = String(two.home.rows[kind]?.['id']);
			await expectBlind(id, (value) => `rpc/newest_${kind}?org=${org}&id=eq.${value}`, 'count=exact');
			await expectBlind(
				id,
				(value) => `rpc/search_records?org=${org}&query=${two.home.mark}&kinds={${kind}}&id=eq.${value}`,
				'count=exact'
			);
		}
	await expectBlind(deal, (value) => `rpc/newest_deals?org=${two.lair.workspace.id}&select=id,companies(name)&id=eq.${value}`);
});

/** A workspace of the victim's large enough to stand in the planner's statistics, and an analyzed database. */
async function makeLarge(): Promise<void> {
	const { workspace, mark } = two.home;
	await sql`alter table public.companies disable trigger user`;
	await sql`
		insert into public.companies (org_id, name, domain)
		select ${workspace.id}, ${mark} || ' ' || n % 5, 'secret.test' from generate_series(1, 20000) n`;
	await sql`alter table public.companies enable trigger user`;
	await sql`analyze public.companies`;
}

test('the plan of a query, and counts that are guessed from it, tell nothing', async () => {
	await makeLarge();
	const { workspace, mark, rows } = two.home;
	const questions: [string, string, (value: string) => string][] = [
		[workspace.id, idLike(workspace.id), (value) => `companies?select=id&org_id=eq.${value}`],
		[String(rows['companies']?.['id']), idLike(workspace.id), (value) => `companies?select=id&id=eq.${value}`],
		['secret.test', 'nobody.test', (value) => `companies?select=id&domain=eq.${value}`],
		[`${mark} 1`, 'Nobody 1', (value) => `companies?select=id&name=eq.${encodeURIComponent(value)}`],
		[`${mark} 1`, 'Nobody 1', (value) => `contacts?select=id,companies!inner(id)&companies.name=eq.${encodeURIComponent(value)}`]
	];
	for (const [real, none, question] of questions)
		for (const count of ['exact', 'planned', 'estimated']) {
			const [there, nowhere] = [await seen(question(real), `count=${count}`), await seen(question(none), `count=${count}`)];
			const what = `${question('X')} count=${count}`;
			expect.soft({ what, ...there, raw: '' }).toEqual({ what, ...nowhere, raw: '' });
			expect.soft(there.status, what).toBe(count === 'exact' ? 200 : 400);
		}
	const plan = await ask(use(), two.thief, `/rest/v1/companies?org_id=eq.${workspace.id}`, {
		headers: { accept: 'application/vnd.pgrst.plan+json' }
	});
	expect(plan.status).toBe(406);
	const operator = serviceClient(use()).from('companies').select('id', { count: 'planned', head: true });
	expect((await operator).count).toBeGreaterThan(1000);
}, 60_000);
