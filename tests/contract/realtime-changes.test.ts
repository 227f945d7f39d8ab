import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPerson, type Person } from '../support/workspace.ts';
import { changesOf, listen, publishNotes, type NotesTable } from './realtime-changes-table.ts';
import { broadcastsOf, clientOf, eventually, realtimeClient, subscribe, systemMessagesOf, versions } from './realtime-clients.ts';

const platform = inject('platform');
const asService = { ...platform, publishableKey: platform.secretKey };

let sql: postgres.Sql;
let notes: NotesTable;
let ada: Person;
let ben: Person;
beforeAll(async () => {
	sql = postgres(platform.dbUrl, { max: 2, onnotice: () => {} });
	notes = await publishNotes(sql);
	[ada, ben] = await Promise.all([createPerson(platform), createPerson(platform)]);
});
afterAll(async () => {
	await notes.drop();
	await sql.end();
});

let lastId = 0;

/** Inserts a row, Ada's unless said otherwise. */
async function note(values: { owner?: string | null; body?: string | null } = {}, table = notes.name): Promise<number> {
	const row = { id: (lastId += 1), owner: ada.id, body: 'hello', ...values };
	await sql`insert into public.${sql(table)} ${sql(row)}`;
	return row.id;
}

describe.each(versions)('row changes with serializer %s', (version) => {
	it('are told once committed: what a row became, and the key of what it was', async () => {
		const channel = (await clientOf(platform, ada, version)).channel(randomUUID());
		const heard = changesOf(channel, { table: notes.name });
		expect(await listen(channel)).toEqual(['ok Subscribed to PostgreSQL']);

		const id = await note({ body: 'grüße 🦊' });
		await eventually(() => heard.length).toBe(1);
		await sql`update public.${sql(notes.name)} set body = null where id = ${id}`;
		await eventually(() => heard.length).toBe(2);
		await sql`delete from public.${sql(notes.name)} where id = ${id}`;
		await eventually(() => heard.length).toBe(3);

		const commit_timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		const common = { schema: 'public', table: notes.name, commit_timestamp, errors: null };
		expect(heard).toEqual([
			{ ...common, eventType: 'INSERT', new: { id, owner: ada.id, body: 'grüße 🦊' }, old: {} },
			{ ...common, eventType: 'UPDATE', new: { id, owner: ada.id, body: null }, old: { id } },
			{ ...common, eventType: 'DELETE', new: {}, old: { id } }
		]);
	});

	it('are told to those only who may see the row, and of deletes the key alone', async () => {
		const people = await Promise.all([ada, ben].map((person) => clientOf(platform, person, version)));
		const everybody = [...people, realtimeClient(platform, version), realtimeClient(asService, version)];
		const channels = everybody.map((client) => client.channel(randomUUID()));
		const heard = channels.map((channel) => changesOf(channel, { table: notes.name }));
		await Promise.all(channels.map(listen));
		await sql`alter table public.${sql(notes.name)} replica identity full`;

		const secret = await note({ owner: ben.id, body: 'for ben' });
		const shown = await note({ owner: ada.id, body: 'for ada' });
		const told = (changes: (typeof heard)[number]) => changes.map(({ eventType, new: row, old }) => [eventType, { ...old, ...row }]);
		const inserted = (id: number, owner: string, body: string) => ['INSERT', { id, owner, body }];
		await eventually(() => heard.map(told)).toEqual([
			[inserted(shown, ada.id, 'for ada')],
			[inserted(secret, ben.id, 'for ben')],
			[],
			[inserted(secret, ben.id, 'for ben'), inserted(shown, ada.id, 'for ada')]
		]);

		await sql`delete from public.${sql(notes.name)} where id = ${secret}`;

		await eventually(() => heard.map((changes) => told(changes).at(-1))).toEqual(heard.map(() => ['DELETE', { id: secret }]));
		await sql`alter table public.${sql(notes.name)} replica identity default`;
	});

	it('pass the filters of those who asked for some', async () => {
		const client = realtimeClient(asService, version);
		const body = `b-${randomUUID()}`;
		const filters: [string, string[]][] = [
			[`body=eq.${body} 2`, ['2']],
			[`body=like.${body}%,id=gt.0,body=neq.${body} 1`, ['2', '3', ',(x)']],
			[`body=in.(${body} 1,"${body} ,(x)")`, ['1', ',(x)']],
			[`body=eq."${body} ,(x)"`, [',(x)']],
			[`body=not.in.(${body} 1,${body} 2),body=match.^${body}`, ['3', ',(x)']],
			[`body=imatch.^${body.toUpperCase()} [12]$`, ['1', '2']],
			[`body=like.${body}%,owner=is.null`, ['3']],
			[`body=ilike.${body.toUpperCase()}%,owner=not.is.null`, ['1', '2', ',(x)']],
			[`body=like.${body}%,owner=isdistinct.${ada.id}`, ['2', '3']]
		];
		const channel = client.channel(randomUUID());
		const heard = filters.map(([filter]) => changesOf(channel, { table: notes.name, filter }));
		const all = changesOf(channel, { event: 'INSERT', table: notes.name, filter: `body=like.${body}%` });
		await listen(channel);

		for (const [end, owner] of Object.entries({ '1': ada.id, '2': ben.id, '3': null, ',(x)': ada.id })) {
			await note({ owner, body: `${body} ${end}` });
		}

		await eventually(() => all.map((change) => Reflect.get(change.new, 'body'))).toHaveLength(4);
		const told = heard.map((changes) => changes.map(({ new: row }) => String(Reflect.get(row, 'body')).replace(`${body} `, '')));
		expect(filters.map(([filter], index) => [filter, told[index]])).toEqual(filters);
	});

	it('hold only the columns asked for, and the key', async () => {
		const channel = realtimeClient(asService, version).channel(randomUUID());
		const heard = changesOf(channel, { table: notes.name, select: ['owner'] });
		await listen(channel);

		const id = await note();

		await eventually(() => heard.map((change) => change.new)).toEqual([{ id, owner: ada.id }]);
	});

	it('hold only the columns that the role may select, and none when that leaves out the key', async () => {
		const own = await publishNotes(sql);
		await sql.unsafe(`revoke select on public.${own.name} from anon; grant select (id, owner) on public.${own.name} to anon`).simple();
		await sql.unsafe(`create policy "anybody" on public.${own.name} for select to anon using (true)`);
		const channel = realtimeClient(platform, version).channel(randomUUID());
		const heard = changesOf(channel, { table: own.name });
		await listen(channel);

		const id = await note({}, own.name);
		await eventually(() => heard.map((change) => change.new)).toEqual([{ id, owner: ada.id }]);
		await sql.unsafe(`revoke select (id) on public.${own.name} from anon`);
		await note({}, own.name);

		await eventually(() => heard.length).toBe(2);
		expect(heard[1]).toMatchObject({ eventType: 'INSERT', new: {}, old: {}, errors: ['Error 401: Unauthorized'] });
		await own.drop();
	});

	it('are seen with the claims of a renewed token from the moment it is pushed', async () => {
		const client = await clientOf(platform, ada, version);
		const channel = client.channel(randomUUID());
		const heard = changesOf(channel, { event: 'INSERT', table: notes.name });
		const told = await listen(channel);
		const { data } = await ben.client.auth.getSession();
		const before = await note({ owner: ada.id });
		await eventually(() => heard.map((change) => Reflect.get(change.new, 'id'))).toEqual([before]);

		await client.realtime.setAuth(data.session?.access_token ?? null);
		await eventually(() => told.length).toBe(2);
		await note({ owner: ada.id });
		const id = await note({ owner: ben.id });

		await eventually(() => heard.map((change) => Reflect.get(change.new, 'id'))).toEqual([before, id]);
		expect(told).toEqual(['ok Subscribed to PostgreSQL', 'ok Subscribed to PostgreSQL']);
	});

	it('leave broadcasts and presence of the channel as they were', async () => {
		const channel = realtimeClient(asService, version).channel(randomUUID(), { config: { broadcast: { self: true } } });
		const heard = changesOf(channel, { table: notes.name });
		const broadcasts = broadcastsOf(channel);
		channel.on('presence', { event: 'sync' }, () => {});
		await listen(channel);

		expect(await channel.track({ here: true })).toBe('ok');
		await channel.send({ type: 'broadcast', event: 'hi', payload: {} });
		await note();

		await eventually(() => [broadcasts.length, heard.length, Object.keys(channel.presenceState()).length]).toEqual([1, 1, 1]);
	});
});

describe('what changes hold', () => {
	it('values of every type, as the REST API gives them', async () => {
		const typed = await publishNotes(
			sql,
			`, n int8, price numeric(15,2), ratio float8, yes bool, doc jsonb, raw json, tags text[], counts int[], at timestamptz, day date,
			span int4range, bits bit(3), blob bytea, twice int8 generated always as (n * 2) stored, odd text`
		);
		await sql.unsafe(`alter table public.${typed.name} rename column odd to "Ödd ""name"""`);
		const channel = realtimeClient(asService).channel(randomUUID());
		const heard = changesOf(channel, { table: typed.name });
		await listen(channel);

		await sql.unsafe(`
			insert into public.${typed.name} values (1, null, E'tab\\t"quote"', 12, 1234.50, 0.1, true, '{"a": [1, null], "b": {"c": "d"}}',
				'[1,  2]', '{a,"b,c",null}', '{1,2}', '2026-01-02 03:04:05.678+02', '2026-01-02', '[1,5)', B'101', '\\x00ff', default, 'x')`);

		await eventually(() => heard.length).toBe(1);
		expect(heard[0]?.new).toEqual({
			id: 1,
			owner: null,
			body: 'tab\t"quote"',
			n: 12,
			price: 1234.5,
			ratio: 0.1,
			yes: true,
			doc: { a: [1, null], b: { c: 'd' } },
			raw: [1, 2],
			tags: ['a', 'b,c', null],
			counts: [1, 2],
			at: '2026-01-02T01:04:05.678+00:00',
			day: '2026-01-02',
			span: '[1,5)',
			bits: '101',
			blob: '00ff',
			twice: 24,
			'Ödd "name"': 'x'
		});
		await typed.drop();
	});

	it('the whole old row where the table keeps it and nothing guards it', async () => {
		const open = await publishNotes(sql);
		await sql
			.unsafe(`alter table public.${open.name} replica identity full; alter table public.${open.name} disable row level security`)
			.simple();
		const channel = realtimeClient(platform).channel(randomUUID());
		const heard = changesOf(channel, { table: open.name });
		const deletes = changesOf(channel, { event: 'DELETE', table: open.name, filter: 'body=eq.late' });
		await listen(channel);

		const id = await note({ body: 'early' }, open.name);
		await sql`update public.${sql(open.name)} set body = 'late' where id = ${id}`;
		await sql`delete from public.${sql(open.name)} where id = ${id}`;

		await eventually(() => heard.length).toBe(3);
		const row = { id, owner: ada.id };
		expect(heard.map((change) => change.old)).toEqual([{}, { ...row, body: 'early' }, { ...row, body: 'late' }]);
		await eventually(() => deletes.length).toBe(1);
		await open.drop();
	});

	it('small values only where a row is larger than a megabyte', async () => {
		const channel = realtimeClient(asService).channel(randomUUID());
		const heard = changesOf(channel, { table: notes.name });
		await listen(channel);

		const id = await note({ body: 'x'.repeat(1_100_000) });

		await eventually(() => heard.length).toBe(1);
		expect(heard[0]).toMatchObject({ new: { id, owner: ada.id }, errors: ['Error 413: Payload Too Large'] });
		expect(heard[0]?.new).not.toHaveProperty('body');
	});

	it('every row of a large transaction, in order, and nothing of one that is undone or truncates', async () => {
		const rows = 3_000;
		const own = await publishNotes(sql);
		const channel = realtimeClient(asService).channel(randomUUID());
		const heard = changesOf(channel, { table: own.name });
		await listen(channel);

		await sql
			.begin(async (tx) => {
				await tx`insert into public.${sql(own.name)} select n, null, 'undone' from generate_series(-9, -1) n`;
				throw new Error('undo');
			})
			.catch(() => {});
		await sql`insert into public.${sql(own.name)} select n, null, repeat('x', 200) from generate_series(1, ${rows}) n`;
		await eventually(() => heard.length).toBe(rows);
		await sql`truncate public.${sql(own.name)}`;
		await note({}, own.name);

		await eventually(() => heard.length).toBe(rows + 1);
		expect(heard.slice(0, rows).map((change) => Reflect.get(change.new, 'id'))).toEqual(
			Array.from({ length: rows }, (_, index) => index + 1)
		);
		expect(heard.at(-1)).toMatchObject({ eventType: 'INSERT', new: { id: lastId } });
		await own.drop();
	});
});

describe('a channel that cannot hear of changes is told why, and is otherwise open', () => {
	const given = (wanted: Record<string, unknown>) => ({ event: '*', schema: 'public', ...wanted });
	const cannot = 'Unable to subscribe to changes with given parameters.';
	const unpublished = (table: string) =>
		`${cannot} Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: ${table}, filters: [], select: nil]`;
	const refused = (table: string, filter: string, reason: string, select = 'nil') =>
		`${cannot} An exception happened so please check your connect parameters: [event: *, schema: public, table: ${table}, filters: [${filter}], select: ${select}]. Exception: ERROR ${reason}`;

	const cases: [string, (table: string) => { wanted: Record<string, unknown>; told: string }][] = [
		['a table that is not published', () => ({ wanted: given({ table: 'members' }), told: unpublished('members') })],
		['a table that is not', () => ({ wanted: given({ table: 'nothing' }), told: unpublished('nothing') })],
		[
			'a filter that is none',
			(table) => ({ wanted: given({ table, filter: 'undefined' }), told: 'Error parsing `filter` params: ["undefined"]' })
		],
		[
			'an unknown operator',
			(table) => ({ wanted: given({ table, filter: 'body=foo.hey' }), told: 'Error parsing `filter` params: ["foo", "hey"]' })
		],
		[
			'a list without parentheses',
			(table) => ({
				wanted: given({ table, filter: 'body=in.a,b' }),
				told: 'Error parsing `filter` params: `in` filter value must be wrapped by parentheses'
			})
		],
		[
			'an unknown column',
			(table) => ({
				wanted: given({ table, filter: 'subject=eq.hey' }),
				told: refused(table, '{"subject", "eq", "hey", false}', 'P0001 (raise_exception) invalid column for filter subject')
			})
		],
		[
			'a value of another type',
			(table) => ({
				wanted: given({ table, filter: 'id=eq.hey' }),
				told: refused(
					table,
					'{"id", "eq", "hey", false}',
					'22P02 (invalid_text_representation) invalid input syntax for type bigint: "hey"'
				)
			})
		],
		[
			'a pattern for numbers',
			(table) => ({
				wanted: given({ table, filter: 'id=like.1%' }),
				told: refused(
					table,
					'{"id", "like", "1%", false}',
					'P0001 (raise_exception) operator like requires a text-compatible column type, got bigint'
				)
			})
		],
		[
			'a truth about a text',
			(table) => ({
				wanted: given({ table, filter: 'body=is.true' }),
				told: refused(table, '{"body", "is", "true", false}', 'P0001 (raise_exception) is true filter requires a boolean column, got text')
			})
		],
		[
			'an unknown column to select',
			(table) => ({
				wanted: given({ table, select: ['nope'] }),
				told: refused(table, '', 'P0001 (raise_exception) invalid column for select nope', '["nope"]')
			})
		],
		[
			'columns of any table',
			() => ({
				wanted: given({ table: '*', select: ['id'] }),
				told: 'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.'
			})
		]
	];

	it.each(cases)('%s', async (_name, make) => {
		const { wanted, told } = make(notes.name);
		const channel = (await clientOf(platform, ada)).channel(randomUUID(), { config: { broadcast: { ack: true } } });
		changesOf(channel, { table: notes.name, ...wanted });

		expect(await listen(channel)).toEqual([`error ${told}`]);

		expect(await channel.send({ type: 'broadcast', event: 'still', payload: {} })).toBe('ok');
	});

	it('a filter with more than a hundred values', async () => {
		const channel = realtimeClient(asService).channel(randomUUID());
		changesOf(channel, { table: notes.name, filter: `id=in.(${Array.from({ length: 101 }, (_, index) => index).join(',')})` });

		expect(await listen(channel)).toEqual([expect.stringContaining('too many values for `in` filter. Maximum 100')]);
	});
});

describe('a join that waits for its subscription', () => {
	const waiting = { config: { postgres_changes_options: { wait: true } } };

	it('is answered when every later commit will be told', async () => {
		const channel = realtimeClient(asService).channel(randomUUID(), waiting);
		const heard = changesOf(channel, { table: notes.name });
		expect(await subscribe(channel)).toEqual(['SUBSCRIBED']);

		const id = await note();

		await eventually(() => heard.map((change) => Reflect.get(change.new, 'id'))).toEqual([id]);
	});

	it('is refused when there is nothing to subscribe to', async () => {
		const channel = realtimeClient(platform).channel(randomUUID(), waiting);
		const system = systemMessagesOf(channel);
		changesOf(channel, { table: 'nothing' });

		expect(await subscribe(channel)).toEqual([
			expect.stringMatching(/^CHANNEL_ERROR RealtimeDisabledForConfiguration: Unable to subscribe to changes/)
		]);
		expect(system).toEqual([]);
	});
});
