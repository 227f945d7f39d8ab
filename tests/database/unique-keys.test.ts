import { expect, test } from 'vitest';
import { useDatabase } from './database.ts';

// A unique key that holds across workspaces answers "taken" for what another workspace has: whoever may choose a value can ask it. Keys that begin with
// org_id ask of one's own workspace. Ids that the database makes and members cannot write ask nothing. All others stand here with the reason why they
// tell members nothing that they must not know.

const { sql } = await useDatabase();

const explained: Record<string, string> = {
	'organizations (slug)':
		'A public name. Members cannot write it; whoever founds a workspace is given another address when theirs is taken, so 50 times an account they can ask whether a name is. It opens nothing: routes answer strangers as if there were none.',
	'profiles (id)': 'The id in Auth, which makes it.',
	'preferences (user_id)': 'The caller themselves, by default.',
	'invitations (token_hash)': 'The hash of random bytes that the database makes.'
};

test('unique keys across workspaces are ids made here or explained, and members write none of their columns', async () => {
	const keys = await sql<{ key: string; made: boolean; writable: string[] }[]>`
		select c.relname || ' (' || string_agg(a.attname, ', ' order by k.place) || ')' as key,
			bool_and(a.attname = 'id' and coalesce(pg_get_expr(d.adbin, d.adrelid) = 'private.uuid_v7()', false)) as made,
			coalesce(array_agg(a.attname order by k.place) filter (where has_column_privilege('authenticated', c.oid, a.attnum, 'insert')
				or has_column_privilege('authenticated', c.oid, a.attnum, 'update')), '{}') as writable
		from pg_index i
		join pg_class c on c.oid = i.indrelid
		cross join lateral unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality k (attnum, place)
		join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
		left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		where i.indisunique and c.relnamespace = 'public'::regnamespace
		group by i.indexrelid, c.oid, c.relname
		having (array_agg(a.attname order by k.place))[1] <> 'org_id'
		order by 1`;
	expect(keys.length).toBeGreaterThan(15);
	expect(keys.filter(({ key, made }) => !made && !(key in explained)).map(({ key }) => key)).toEqual([]);
	expect(Object.keys(explained).filter((key) => !keys.some((each) => each.key === key))).toEqual([]);
	expect(keys.filter(({ writable }) => writable.length > 0)).toEqual([]);
});

test('no unique key and no exclusion of a table hides in an expression', async () => {
	expect(
		await sql`
			select i.indexrelid::regclass::text as index from pg_index i join pg_class c on c.oid = i.indrelid
			where i.indisunique and c.relnamespace = 'public'::regnamespace and i.indexprs is not null
			union all
			select conname from pg_constraint where contype = 'x' and connamespace = 'public'::regnamespace`
	).toEqual([]);
});
