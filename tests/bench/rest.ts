import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { decodeJwt } from 'jose';
import postgres from 'postgres';
import { atLeast, median, quantile, round, type Bench, type Figure } from './measure.ts';
import { workspaceWithDeals } from './world.ts';

/** Requests under way at once: as many as REST has connections, and the driver is given as many. */
const callers = 10;
const rounds = 24;
const roundMs = 300;

type Way = () => Promise<unknown>;

/** Times a way is gone per second by `callers` at once. */
async function throughput(way: Way, forMs: number): Promise<number> {
	let done = 0;
	const started = performance.now();
	await Promise.all(
		Array.from({ length: callers }, async () => {
			while (performance.now() - started < forMs) {
				await way();
				done++;
			}
		})
	);
	return (done * 1000) / (performance.now() - started);
}

/** Takes the ways in turns, a warm-up before, so that what else the machine does falls on all alike; times per second in each round. */
async function inTurns<Name extends string>(ways: Record<Name, Way>): Promise<Record<Name, number[]>> {
	const names = Object.keys(ways) as Name[];
	const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
	for (const name of names) await throughput(ways[name], roundMs);
	for (let turn = 0; turn < rounds; turn++) for (const name of names) figures[name].push(await throughput(ways[name], roundMs));
	return figures;
}

/** REST's share of the driver's throughput, round by round: the median is the figure, the quartiles tell how sure it is. */
function share(figures: Record<'REST' | 'transaction' | 'statement', number[]>): Figure {
	const against = (name: 'transaction' | 'statement') => figures.REST.map((value, turn) => value / (figures[name][turn] ?? NaN));
	const [ofTransaction, ofStatement] = [against('transaction'), against('statement')];
	const quartiles = (ratios: number[]) => `${round(quantile(ratios, 0.25))}–${round(quantile(ratios, 0.75))}`;
	return atLeast(median(ofTransaction), 0.5, '× the driver in the same transaction', {
		quartiles: quartiles(ofTransaction),
		'× the bare statement': round(median(ofStatement)),
		'quartiles of that': quartiles(ofStatement),
		'REST, a second': round(median(figures.REST), 0),
		'driver in a transaction, a second': round(median(figures.transaction), 0),
		'bare statement, a second': round(median(figures.statement), 0)
	});
}

/** HTTP with the least a client can do: connections kept, the answer read and parsed. Throws on any status but the one expected. */
function httpClient(bench: Bench, token: string) {
	const agent = new Agent({ keepAlive: true, maxSockets: callers });
	const headers = { apikey: bench.publishableKey, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
	const send = (method: string, path: string, expected: number, body?: object) =>
		new Promise<unknown>((resolve, reject) => {
			const outgoing = request(`${bench.apiUrl}/rest/v1${path}`, { agent, method, headers }, (incoming) => {
				let text = '';
				incoming.setEncoding('utf8');
				incoming.on('data', (chunk: string) => (text += chunk));
				incoming.on('error', reject);
				incoming.on('end', () => {
					if (incoming.statusCode === expected) resolve(text ? JSON.parse(text) : null);
					else reject(new Error(`${method} ${path}: ${incoming.statusCode} ${text}`));
				});
			});
			outgoing.on('error', reject);
			outgoing.end(body && JSON.stringify(body));
		});
	return { send, close: () => agent.destroy() };
}

/**
 * The same rows through the gateway and REST, and through the driver `postgres` from this very process: as the same role with the same
 * claims, once the way the driver runs a transaction (begin; then `set_config`, the project's check of each request and the statement sent
 * together; commit), which is what REST does for each request, and once as the statement alone on connections that became the role at login,
 * which knows no caller and checks nothing.
 */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await workspaceWithDeals(bench, 2_000);
	const { data } = await workspace.admin.client.auth.getSession();
	const claims = JSON.stringify(decodeJwt(data.session?.access_token ?? ''));
	const client = httpClient(bench, data.session?.access_token ?? '');
	const pool = { max: callers, onnotice: () => {} };
	const driver = postgres(bench.dbUrl, pool);
	const asCaller = postgres(bench.dbUrl, { ...pool, connection: { role: 'authenticated', 'request.jwt.claims': claims } });
	const become = (sql: postgres.ISql) =>
		sql`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`;

	const columns = 'id,name,amount,currency,stage_id,owner_id,company_id,expected_close,created_at,version';
	const list = (sql: postgres.ISql) => sql`
		select ${sql(columns.split(','))} from public.deals
		where org_id = ${workspace.id} order by created_at desc, id desc limit 50`;
	const row = () => ({ org_id: workspace.id, name: `Company ${randomUUID()}` });
	const insert = (sql: postgres.ISql) => sql`insert into public.companies ${sql(row())}`;
	const three = (statement: (sql: postgres.ISql) => postgres.PendingQuery<postgres.Row[]>, ...rest: Parameters<typeof client.send>) => ({
		REST: () => client.send(...rest),
		transaction: () => driver.begin((sql) => [become(sql), sql`select private.check_request()`, statement(sql)]),
		statement: () => statement(asCaller)
	});
	try {
		const path = `/deals?select=${columns}&org_id=eq.${workspace.id}&order=created_at.desc,id.desc&limit=50`;
		const read = await client.send('GET', path, 200);
		if (!Array.isArray(read) || read.length !== 50) throw new Error('not 50 rows');
		return {
			'list of 50 rows': share(await inTurns(three(list, 'GET', path, 200))),
			'insert of one row': share(
				await inTurns({ ...three(insert, 'POST', '/companies', 201), REST: () => client.send('POST', '/companies', 201, row()) })
			)
		};
	} finally {
		client.close();
		await Promise.all([driver.end(), asCaller.end()]);
	}
}
