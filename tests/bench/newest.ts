import postgres, { type Sql } from 'postgres';
import { addMember, createPerson, createWorkspace, type Person, type Workspace } from '../support/workspace.ts';
import { atMost, type Bench, type Figure, interleaved, median, round } from './measure.ts';

const rounds = 150;

/** Who asks, and how the app asks for them: a member with less than full read names the owners, see docs/decisions/001. */
export type Caller = { scope: 'all' | 'team' | 'own' | 'none' | 'shared'; person: Person; asks: 'workspace' | 'owner' | 'function' };

/** What is listed, how it gets into the workspace, and what is asked of it. */
export type Listed = {
	resource: 'deals' | 'contacts';
	/** Fills the workspace once its members are there, in turn as owners. */
	fill: (workspace: Workspace) => Promise<void>;
	/** At most so many times the service key's time through REST. */
	restGoal: number;
	/** At most so many milliseconds more in SQL than the owner of the tables. */
	sqlGoalMs: number;
};

/**
 * The fifty newest records for callers of every scope: in SQL beside the owner of the tables (who no policy binds), and through REST beside the
 * service key.
 */
export async function measureNewest(bench: Bench, listed: Listed): Promise<Record<string, Figure>> {
	const workspace = await createWorkspace(bench);
	const sql = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
	try {
		const callers = await makeCallers(bench, sql, workspace, listed);
		return { ...(await measureSql(bench, workspace, callers, listed)), ...(await measureRest(bench, workspace, callers, listed)) };
	} finally {
		await sql.end();
	}
}

async function makeCallers(bench: Bench, sql: Sql, workspace: Workspace, { resource, fill }: Listed): Promise<Caller[]> {
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
	await fill(workspace);

	const callers: Caller[] = [
		{ scope: 'all', person: await addMember(bench, workspace, 'sales'), asks: 'workspace' },
		{ scope: 'team', person: await join(roles.team), asks: 'function' },
		{ scope: 'own', person: await join(roles.own), asks: 'owner' },
		{ scope: 'none', person: await join(roles.none), asks: 'owner' },
		{ scope: 'shared', person: await join(roles.own), asks: 'function' }
	];
	const [, team, own, , shared] = callers;
	const [made] = await sql<{ id: string }[]>`insert into public.teams (org_id, name) values (${workspace.id}, 'Team') returning id`;
	for (const member of [team?.person, ...colleagues.slice(1)])
		await sql`insert into public.team_members (org_id, team_id, user_id) values (${workspace.id}, ${made?.id ?? ''}, ${member?.id ?? ''})`;
	// A few deals among many: the case in which a scan would be slowest.
	await sql`update ${sql(`public.${resource}`)} set owner_id = ${own?.person.id ?? ''}
		where id in (select id from ${sql(`public.${resource}`)} where org_id = ${workspace.id} order by created_at limit 20)`;
	// Nothing of one's own, a hundred records of others.
	await sql`insert into public.shares (org_id, resource, record_id, user_id)
		select org_id, ${resource}, id, ${shared?.person.id ?? ''} from ${sql(`public.${resource}`)}
		where org_id = ${workspace.id} order by created_at desc limit 100`;
	await sql`vacuum analyze ${sql(`public.${resource}`)}`;
	return callers;
}

const question = (resource: Listed['resource'], asks: Caller['asks']): string =>
	asks === 'function'
		? `select * from public.newest_${resource}($1)`
		: `select * from public.${resource} where org_id = $1 and deleted_at is null ${asks === 'owner' ? 'and owner_id = $2' : ''}
			order by created_at desc, id desc limit 50`;

async function measureSql(
	bench: Bench,
	workspace: Workspace,
	callers: Caller[],
	{ resource, sqlGoalMs }: Listed
): Promise<Record<string, Figure>> {
	const connections: Sql[] = [];
	const connect = () => {
		const connection = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
		connections.push(connection);
		return connection;
	};
	const owner = connect();
	const ways: Record<string, () => Promise<unknown>> = {
		owner: () => owner.unsafe(question(resource, 'workspace'), [workspace.id])
	};
	try {
		for (const caller of callers) {
			const member = connect();
			const claims = JSON.stringify({ sub: caller.person.id, role: 'authenticated' });
			await member`select set_config('request.jwt.claims', ${claims}, false), set_config('role', 'authenticated', false)`;
			const values = caller.asks === 'owner' ? [workspace.id, caller.person.id] : [workspace.id];
			ways[caller.scope] = () => member.unsafe(question(resource, caller.asks), values);
		}
		const samples = await interleaved(ways, rounds);
		const bare = median(samples.owner ?? []);
		return Object.fromEntries(
			callers.map(({ scope }) => {
				const mine = median(samples[scope] ?? []);
				return [`sql_${scope}_over_owner`, atMost(mine - bare, sqlGoalMs, 'ms', { owner_ms: round(bare), member_ms: round(mine) })];
			})
		);
	} finally {
		await Promise.all(connections.map((connection) => connection.end()));
	}
}

async function measureRest(
	bench: Bench,
	workspace: Workspace,
	callers: Caller[],
	{ resource, restGoal }: Listed
): Promise<Record<string, Figure>> {
	const get = async (path: string, key: string, token: string) => {
		const response = await fetch(`${bench.apiUrl}/rest/v1/${path}`, { headers: { apikey: key, authorization: `Bearer ${token}` } });
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return response.json();
	};
	const newest = `${resource}?org_id=eq.${workspace.id}&deleted_at=is.null&order=created_at.desc,id.desc&limit=50`;
	const ways: Record<string, () => Promise<unknown>> = { service: () => get(newest, bench.secretKey, bench.secretKey) };
	for (const { scope, person, asks } of callers) {
		const { data } = await person.client.auth.getSession();
		const token = data.session?.access_token ?? '';
		const path =
			asks === 'function' ? `rpc/newest_${resource}?org=${workspace.id}` : asks === 'owner' ? `${newest}&owner_id=eq.${person.id}` : newest;
		ways[scope] = () => get(path, bench.publishableKey, token);
	}
	const samples = await interleaved(ways, rounds);
	const service = median(samples.service ?? []);
	return Object.fromEntries(
		callers.map(({ scope }) => {
			const mine = median(samples[scope] ?? []);
			return [`rest_${scope}_to_service`, atMost(mine / service, restGoal, '×', { service_ms: round(service), member_ms: round(mine) })];
		})
	);
}
