import postgres, { type Sql } from 'postgres';
import { addMember, createPerson, type Person, type Workspace } from '../support/workspace.ts';
import { atMost, type Bench, type Figure, interleaved, median, round } from './measure.ts';
import { addDeals, workspaceWithDeals } from './world.ts';

const deals = 100_000;
const rounds = 150;

/** Who asks, and how the app asks for them: a member with less than full read names the owners, see docs/decisions/001. */
type Caller = { scope: 'all' | 'team' | 'own' | 'none'; person: Person; asks: 'workspace' | 'owner' | 'function' };

/**
 * The fifty newest of 100,000 deals for callers of every scope: in SQL beside the owner of the tables (who no policy binds), and
 * through REST beside the service key.
 */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await workspaceWithDeals(bench, 0);
	const sql = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
	try {
		const callers = await makeCallers(bench, sql, workspace);
		return { ...(await measureSql(bench, workspace, callers)), ...(await measureRest(bench, workspace, callers)) };
	} finally {
		await sql.end();
	}
}

async function makeCallers(bench: Bench, sql: Sql, workspace: Workspace): Promise<Caller[]> {
	const roles = { team: '', own: '', none: '' };
	for (const name of ['team', 'own', 'none'] as const) {
		const [role] = await sql<{ id: string }[]>`insert into public.roles (org_id, name) values (${workspace.id}, ${name}) returning id`;
		roles[name] = role?.id ?? '';
		if (name !== 'none')
			await sql`insert into public.role_permissions (org_id, role_id, resource, action, scope)
				select ${workspace.id}, ${roles[name]}, resource, 'read', ${name} from unnest(array['companies', 'contacts', 'deals']) resource`;
	}
	const join = async (role: string): Promise<Person> => {
		const person = await createPerson(bench);
		await sql`insert into public.members (org_id, user_id, role_id) values (${workspace.id}, ${person.id}, ${role})`;
		return person;
	};

	// Ten colleagues own most of the deals, the caller of scope team shares a team with all of them but one.
	const colleagues = [];
	for (let i = 0; i < 10; i++) colleagues.push(await addMember(bench, workspace, 'sales'));
	await addDeals(bench, workspace, deals);

	const callers: Caller[] = [
		{ scope: 'all', person: await addMember(bench, workspace, 'sales'), asks: 'workspace' },
		{ scope: 'team', person: await join(roles.team), asks: 'function' },
		{ scope: 'own', person: await join(roles.own), asks: 'owner' },
		{ scope: 'none', person: await join(roles.none), asks: 'owner' }
	];
	const [, team, own] = callers;
	const [made] = await sql<{ id: string }[]>`insert into public.teams (org_id, name) values (${workspace.id}, 'Team') returning id`;
	for (const member of [team?.person, ...colleagues.slice(1)])
		await sql`insert into public.team_members (org_id, team_id, user_id) values (${workspace.id}, ${made?.id ?? ''}, ${member?.id ?? ''})`;
	// A few deals among many: the case in which a scan would be slowest.
	await sql`update public.deals set owner_id = ${own?.person.id ?? ''}
		where id in (select id from public.deals where org_id = ${workspace.id} order by created_at limit 20)`;
	await sql`vacuum analyze public.deals`;
	return callers;
}

const question = (asks: Caller['asks']): string =>
	asks === 'function'
		? 'select * from public.newest_deals($1)'
		: `select * from public.deals where org_id = $1 and deleted_at is null ${asks === 'owner' ? 'and owner_id = $2' : ''}
			order by created_at desc, id desc limit 50`;

async function measureSql(bench: Bench, workspace: Workspace, callers: Caller[]): Promise<Record<string, Figure>> {
	const connections: Sql[] = [];
	const connect = () => {
		const connection = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
		connections.push(connection);
		return connection;
	};
	const owner = connect();
	const ways: Record<string, () => Promise<unknown>> = {
		owner: () => owner.unsafe(question('workspace'), [workspace.id])
	};
	try {
		for (const caller of callers) {
			const member = connect();
			const claims = JSON.stringify({ sub: caller.person.id, role: 'authenticated' });
			await member`select set_config('request.jwt.claims', ${claims}, false), set_config('role', 'authenticated', false)`;
			const values = caller.asks === 'owner' ? [workspace.id, caller.person.id] : [workspace.id];
			ways[caller.scope] = () => member.unsafe(question(caller.asks), values);
		}
		const samples = await interleaved(ways, rounds);
		const bare = median(samples.owner ?? []);
		return Object.fromEntries(
			callers.map(({ scope }) => {
				const mine = median(samples[scope] ?? []);
				return [`sql_${scope}_over_owner`, atMost(mine - bare, 0.8, 'ms', { owner_ms: round(bare), member_ms: round(mine) })];
			})
		);
	} finally {
		await Promise.all(connections.map((connection) => connection.end()));
	}
}

async function measureRest(bench: Bench, workspace: Workspace, callers: Caller[]): Promise<Record<string, Figure>> {
	const get = async (path: string, key: string, token: string) => {
		const response = await fetch(`${bench.apiUrl}/rest/v1/${path}`, { headers: { apikey: key, authorization: `Bearer ${token}` } });
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return response.json();
	};
	const newest = `deals?org_id=eq.${workspace.id}&deleted_at=is.null&order=created_at.desc,id.desc&limit=50`;
	const ways: Record<string, () => Promise<unknown>> = { service: () => get(newest, bench.secretKey, bench.secretKey) };
	for (const { scope, person, asks } of callers) {
		const { data } = await person.client.auth.getSession();
		const token = data.session?.access_token ?? '';
		const path =
			asks === 'function' ? `rpc/newest_deals?org=${workspace.id}` : asks === 'owner' ? `${newest}&owner_id=eq.${person.id}` : newest;
		ways[scope] = () => get(path, bench.publishableKey, token);
	}
	const samples = await interleaved(ways, rounds);
	const service = median(samples.service ?? []);
	return Object.fromEntries(
		callers.map(({ scope }) => {
			const mine = median(samples[scope] ?? []);
			return [`rest_${scope}_to_service`, atMost(mine / service, 1.2, '×', { service_ms: round(service), member_ms: round(mine) })];
		})
	);
}
