import postgres, { type Sql } from 'postgres';
import { resources } from '../support/furnishing.ts';
import { twoWorkspaces, type Estate, type Row, type TwoWorkspaces } from '../support/two-workspaces.ts';
import { addMember, must } from '../support/workspace.ts';
import { readCookieNames, readDoors, type Door } from './route-inventory.ts';
import { cookieOf } from './session-cookie.ts';
import { endpoint, expect, test } from './support.ts';
import { gapsOf, hear, nothingLike, requestsOf, slotsOf, type From, type Heard } from './tenant-requests.ts';
import { bodies, cookieIds, idNames, idOf, idsByRoute, lastDoors, plainNames, reluctant } from './tenant-words.ts';

// One workspace tries every route of the app with the ids of another: in paths, queries, forms and JSON, one at a time beside ids of its own, and all
// together. What exists must answer exactly as what does not: status, words, where it leads, which cookies; and nothing may be different afterwards.

const { doors, unknown } = readDoors();
const tried = doors.filter((door) => slotsOf(door).length > 0);

let sql: Sql;
test.beforeAll(() => {
	sql = postgres(process.env.SUPABASE_DB_URL ?? '', { max: 2 });
});
test.afterAll(() => sql.end());

/** What these routes need beside a row of every table: records in other states, another admin, and what Auth holds of a person. */
async function addWhatRoutesNeed({ workspace, admin, rows, mark }: Estate): Promise<void> {
	const { client } = admin;
	const org_id = workspace.id;
	const add = async (table: 'companies' | 'contacts' | 'deals', state: 'unowned' | 'trashed') => {
		const values = {
			companies: { name: `${mark} ${state}` },
			contacts: { first_name: `${mark} ${state}` },
			deals: { name: `${mark} ${state}`, pipeline_id: workspace.pipelineId, stage_id: workspace.stages[0]?.id ?? '' }
		}[table];
		const [made] = await sql<Row[]>`insert into ${sql(`public.${table}`)} ${sql({ org_id, ...values })} returning id`;
		if (made) rows[`${state} ${table}`] = made;
		if (state === 'trashed') await client.rpc('trash_records', { resource: table, ids: [String(made?.['id'])] });
	};
	await add('companies', 'unowned');
	await add('contacts', 'unowned');
	for (const table of resources) await add(table, 'trashed');
	const shares = await sql<Row[]>`select id, resource from public.shares where org_id = ${org_id}`;
	for (const share of shares) rows[`share of ${String(share['resource'])}`] = share;
	const options = { pipeline_id: workspace.pipelineId };
	const staged = must(await client.from('imports').insert({ org_id, file_name: mark, total_rows: 1, options }).select('id').single());
	must(await client.rpc('stage_import_rows', { import: staged.id, first_row: 0, rows: [{ name: mark }] }));
	await sql`update public.invitations set sent_at = now() - interval '1 hour' where org_id = ${org_id}`;
	const [session] = await sql<{ id: string }[]>`select id from auth.sessions where user_id = ${admin.id} order by created_at limit 1`;
	const enrolled = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Phone' });
	if (!session || enrolled.error) throw enrolled.error ?? new Error('no session');
	const otherAdmin = await addMember(endpoint(), workspace, 'admin');
	Object.assign(rows, { 'staged imports': staged, sessions: session, factors: enrolled.data, 'other admin': otherAdmin });
}

async function arrange(once: 'stranger' | 'former member'): Promise<TwoWorkspaces & { cookie: string }> {
	const two = await twoWorkspaces(endpoint(), sql, once);
	for (const estate of [two.home, two.lair]) await addWhatRoutesNeed(estate);
	return { ...two, cookie: await cookieOf(two.thief) };
}

const uuids = (text: string) => new Set(text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi));

test('the doors are those of the file system, and what each reads is known', () => {
	expect(unknown, 'files that the inventory cannot read').toEqual([]);
	expect(doors.flatMap(gapsOf)).toEqual([]);
	// What is written down stands for something, or it would be taken for proof.
	const [routes, keys] = [doors.map(({ route }) => route), doors.map(({ key }) => key)];
	expect(
		Object.keys(idsByRoute).filter(
			(start) => !keys.includes(start) && !routes.some((route) => route === start || route.startsWith(`${start}/`))
		)
	).toEqual([]);
	expect([...Object.keys(bodies), ...lastDoors].filter((key) => !keys.includes(key))).toEqual([]);
	const names = new Set(doors.flatMap((door) => [...door.inPath, ...door.names]));
	expect([...Object.keys(idNames), ...Object.keys(plainNames)].filter((name) => !names.has(name))).toEqual([]);
	expect(Object.keys(cookieIds).sort()).toEqual(readCookieNames());
	expect(tried.length).toBeGreaterThan(60);
});

test('what is tried with foreign ids would be done with one’s own', async () => {
	const { lair, home, cookie } = await arrange('stranger');
	const order = (door: Door) => lastDoors.indexOf(door.key);
	const refused: string[] = [];
	const known = new Set<string>();
	for (const door of tried.toSorted((a, b) => order(a) - order(b)))
		for (const asked of requestsOf(door, { own: lair, victim: home }, () => 'own')) {
			const { status, body } = await hear(asked, cookie);
			const failed = status >= 400 || /^\{"type":"(failure|error)"/.test(body) || /"type":"error"/.test(body);
			if (failed && asked.key in reluctant) known.add(asked.key);
			else if (failed) refused.push(`${asked.key}: ${status} ${body.slice(0, 200)}`);
		}
	expect(refused).toEqual([]);
	expect([...known].sort(), 'and only these').toEqual(Object.keys(reluctant).sort());
});

for (const once of ['stranger', 'former member'] as const)
	test(`a ${once} learns nothing and changes nothing through any route`, async () => {
		test.setTimeout(240_000);
		const { home, lair, thief, everything, cookie } = await arrange(once);
		const before = await everything();
		const [theirs, mine] = [uuids(before), new Set([thief.id, lair.workspace.id])];

		const expectSilence = (what: string, sent: string[], heard: Heard) => {
			expect.soft(heard.raw, what).not.toContain(home.mark);
			const told = [...uuids(heard.raw)].filter((id) => theirs.has(id) && !mine.has(id) && !sent.some((each) => each.includes(id)));
			expect.soft(told, what).toEqual([]);
		};
		const compare = async (door: Door, how: string, from: (whose: 'stolen' | 'none') => From) => {
			const ask = (whose: 'stolen' | 'none') => requestsOf(door, { own: lair, victim: home }, from(whose));
			const [stolen, none] = [ask('stolen'), ask('none')];
			for (const [at, request] of stolen.entries()) {
				const other = none[at];
				if (!other) throw new Error('not as many requests');
				// What the first may do to the thief's own things is done when the others come.
				if (request.init.method && request.init.method !== 'GET') await hear(other, cookie);
				const [real, nothing] = [await hear(request, cookie), await hear(other, cookie)];
				const what = `${request.key} (${how})`;
				expect.soft({ ...real, raw: '' }, what).toEqual({ ...nothing, raw: '' });
				expectSilence(what, request.foreign, real);
			}
		};
		for (const door of tried) {
			const slots = slotsOf(door);
			await compare(door, 'all ids', (whose) => () => whose);
			if (slots.length === 1) continue;
			for (const { name } of slots) await compare(door, name, (whose) => (slot) => (slot.name === name ? whose : 'own'));
			if (slots.some(({ name }) => name === 'org') && slots.length > 2)
				await compare(door, 'all but the workspace', (whose) => (slot) => (slot.name === 'org' ? 'own' : whose));
		}
		// A view that runs, so that it is not its end that hides the rest.
		const view = tried.find(({ key }) => key === 'POST /auth/view-as');
		for (const asked of view ? requestsOf(view, { own: lair, victim: home }, () => 'own') : []) await hear(asked, cookie);
		const [begun] = await sql<
			Row[]
		>`select id from public.member_views where org_id = ${lair.workspace.id} order by created_at desc limit 1`;
		if (begun) lair.rows['member_views'] = begun;
		for (const [name, kinds] of Object.entries(cookieIds))
			for (const at of kinds.keys()) {
				const idsWith = (id: (kind: string) => string) => kinds.map((kind, index) => (index === at ? id(kind) : idOf(kind, lair)));
				const stolen = idsWith((kind) => idOf(kind, home));
				const none = idsWith((kind) => nothingLike(idOf(kind, home)));
				for (const path of ['/', `/${lair.workspace.slug}/companies`, `/${home.workspace.slug}/companies`]) {
					const open = (ids: string[]) => hear({ path, init: {}, foreign: ids }, `${cookie}; ${name}=${ids.join('.')}`);
					const [real, nothing] = [await open(stolen), await open(none)];
					const what = `the cookie ${name}, ${kinds[at]}, at ${path}`;
					expect.soft({ ...real, raw: '' }, what).toEqual({ ...nothing, raw: '' });
					expect.soft(real.raw, what).not.toContain(home.mark);
				}
			}
		expect(await everything(), 'the other workspace is as it was').toBe(before);
	});
