import { beforeAll, expect, test } from 'vitest';
import { applySeed } from '../../embedded/migrate/index.ts';
import { useDatabase } from './database.ts';

// The demo workspace, as a fresh clone shows it.

const database = await useDatabase();
const { sql } = database;

beforeAll(async () => {
	await applySeed({ url: database.url, file: 'supabase/seed.sql' });
});

test('has the four roles’ people and a team of two', async () => {
	const people = await sql`
		select p.email, r.key from public.members m
		join public.organizations o on o.id = m.org_id and o.slug = 'demo'
		join public.profiles p on p.id = m.user_id join public.roles r on r.id = m.role_id order by p.email`;
	expect(people.map(({ email, key }) => `${email} ${key}`)).toEqual([
		'admin@demo.test admin',
		'jonas@demo.test sales',
		'manager@demo.test manager',
		'sales@demo.test sales',
		'viewer@demo.test viewer'
	]);
	expect(await sql`select user_id from public.team_members`).toHaveLength(2);
});

test('lets them sign in: a bcrypt password, an identity, no null where Auth reads a text', async () => {
	expect(
		await sql`
			select u.email from auth.users u left join auth.identities i on i.user_id = u.id and i.provider = 'email'
			where i.id is null or u.encrypted_password <> extensions.crypt('demo-password', u.encrypted_password)
				or u.encrypted_password not like '$2a$10$%' or u.email_confirmed_at is null
				or u.confirmation_token is null or u.recovery_token is null or u.email_change is null or u.email_change_token_new is null`
	).toEqual([]);
});

test('looks alive: deals in every stage, some overdue, several currencies, all in order', async () => {
	const stages = await sql`
		select s.name, count(d.id)::int as deals from public.stages s left join public.deals d on d.stage_id = s.id group by s.id order by s.position`;
	expect(stages.every(({ deals }) => deals >= 4)).toBe(true);
	const [board] = await sql`
		select count(*)::int as deals, count(distinct d.currency)::int as currencies,
			count(*) filter (where d.currency = 'USD')::int as dollars,
			count(*) filter (where d.expected_close < current_date and s.kind = 'open')::int as overdue,
			count(*) filter (where d.owner_id is null)::int as unowned,
			count(*) filter (where d.created_at > now() or d.stage_entered_at > now() or d.stage_entered_at < d.created_at)::int as impossible
		from public.deals d join public.stages s on s.id = d.stage_id`;
	expect(board).toMatchObject({ deals: 60, impossible: 0 });
	expect(board?.currencies).toBeGreaterThan(3);
	expect(board?.dollars).toBeGreaterThan(30);
	expect(board?.overdue).toBeGreaterThan(3);
	expect(board?.unowned).toBeGreaterThan(0);
});
