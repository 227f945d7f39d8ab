import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import postgres from 'postgres';
import { afterEach, expect, test } from 'vitest';
import { isAlive, prepareDatabase, startPostgres, type PostgresServer } from '../../embedded/postgres/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function dataDir(): Promise<string> {
	const folder = await scratchFolder('server');
	cleanUps.push(folder.remove);
	return folder.path;
}

/** Not durable unless durability is the story: making a cluster with every file synced takes seconds. */
async function start(dir: string, options: { port?: number; durable?: boolean } = {}): Promise<PostgresServer> {
	const server = await startPostgres({ dataDir: dir, port: 0, durable: false, ...options });
	cleanUps.push(() => server.stop());
	return server;
}

async function query<T extends postgres.MaybeRow[]>(url: string, statement: string): Promise<T> {
	const sql = postgres(url, { max: 1, onnotice: () => {} });
	try {
		return await sql.unsafe<T>(statement);
	} finally {
		await sql.end();
	}
}

test('a server killed at once after a commit comes back with the committed row', async () => {
	const dir = await dataDir();
	const first = await start(dir, { durable: true });
	await query(first.adminUrl(), 'create table kept (id int); insert into kept values (42)');
	expect(await query(first.url(), 'show fsync')).toEqual([{ fsync: 'on' }]);
	process.kill(first.pid, 'SIGKILL');
	await first.exited;
	await first.stop();
	const second = await start(dir, { durable: true });
	expect(await query(second.adminUrl(), 'select id from kept')).toEqual([{ id: 42 }]);
});

/** A program that starts a server on `dir` and then does `afterwards`. */
async function startElsewhere(dir: string, afterwards: string): Promise<{ starter: ChildProcess; pid: number; url: string }> {
	const program = `
		const { startPostgres } = await import(${JSON.stringify(new URL('../../embedded/postgres/index.ts', import.meta.url).href)});
		const server = await startPostgres({ dataDir: ${JSON.stringify(dir)}, port: 0, durable: false });
		console.log(JSON.stringify({ pid: server.pid, url: server.adminUrl() }));
		setInterval(() => {}, 60_000);
		process.once('SIGUSR2', () => { ${afterwards} });`;
	const starter = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
	cleanUps.push(async () => starter.kill('SIGKILL'));
	const [line] = await once(createInterface(starter.stdout), 'line');
	return { starter, ...JSON.parse(String(line)) };
}

test.each([
	['is killed', 'process.kill(process.pid, "SIGKILL")'],
	['throws where nobody catches', 'throw new Error("not caught")'],
	['leaves a rejection unhandled', 'Promise.reject(new Error("not handled"))']
])('a server ends in order when its starter %s', async (_death, afterwards) => {
	const dir = await dataDir();
	const { starter, pid, url } = await startElsewhere(dir, afterwards);
	await query(url, 'create table kept (id int)');
	starter.kill('SIGUSR2');
	await once(starter, 'exit');
	await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 10 }).toBe(false);
	// Removed by a server that has shut down; one that was killed leaves it.
	expect(existsSync(join(dir, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false);
	expect(await query((await start(dir)).adminUrl(), 'select id from kept')).toEqual([]);
});

test('a program that waits for the end of its server has nothing else to do, and goes on after it', async () => {
	const dir = await dataDir();
	const program = `
		import { spawnSync } from 'node:child_process';
		const { startPostgres } = await import(${JSON.stringify(new URL('../../embedded/postgres/index.ts', import.meta.url).href)});
		const server = await startPostgres({ dataDir: ${JSON.stringify(dir)}, port: 0, durable: false });
		process.kill(server.pid, 'SIGKILL');
		// It is over, and this process has not been told yet.
		while (!spawnSync('ps', ['-o', 'stat=', '-p', server.pid], { encoding: 'utf8' }).stdout.startsWith('Z'));
		await server.stop();
		console.log('went on');`;
	const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
	expect({ status, stdout }).toEqual({ status: 0, stdout: 'went on\n' });
});

/** Process ids of the guards that would end server `pid`. */
const guardsOf = (pid: number): number[] =>
	spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
		.stdout.split('\n')
		.filter((line) => line.endsWith(`guard-postgres ${pid}`))
		.map((line) => Number(line.trim().split(' ')[0]));

test('a guard goes with its server', async () => {
	const server = await start(await dataDir());
	expect(guardsOf(server.pid)).toHaveLength(1);
	await server.stop();
	await expect.poll(() => guardsOf(server.pid)).toEqual([]);
});

test('a server that was left behind all the same is stopped and started anew', async () => {
	const dir = await dataDir();
	const { starter, pid, url } = await startElsewhere(dir, '');
	await query(url, 'create table kept (id int)');
	for (const guard of guardsOf(pid)) process.kill(guard, 'SIGKILL');
	starter.kill('SIGKILL');
	await once(starter, 'exit');
	expect(isAlive(pid)).toBe(true);

	const server = await start(dir);
	expect(isAlive(pid)).toBe(false);
	expect(await query(server.adminUrl(), 'select id from kept')).toEqual([]);
});

test('a second start on the same data folder is refused and leaves the first one alone', async () => {
	const dir = await dataDir();
	const server = await start(dir);
	await expect(startPostgres({ dataDir: dir, port: 0 })).rejects.toMatchObject({
		code: 'already_running',
		fix: expect.stringContaining('EMBEDDED_DIR')
	});
	expect(await query(server.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a port in use is refused with the variable that moves it, and the folder stays usable', async () => {
	const dir = await dataDir();
	const other = createServer();
	const port = await new Promise<number>((resolve) =>
		other.listen(0, '127.0.0.1', () => {
			const address = other.address();
			resolve(address !== null && typeof address === 'object' ? address.port : 0);
		})
	);
	await expect(startPostgres({ dataDir: dir, port })).rejects.toMatchObject({ code: 'port_taken', variable: 'DB_PORT', port });
	other.close();
	await once(other, 'close');
	expect((await start(dir, { port })).port).toBe(port);
});

test('a data folder closed to other users works, and the server says where its files are', async () => {
	const dir = await dataDir();
	await chmod(dir, 0o700);
	const server = await start(dir);
	// Root's server runs as another user, who cannot enter: its files are elsewhere, and found again.
	if (!server.folder.startsWith(dir)) cleanUps.unshift(() => rm(server.folder, { recursive: true, force: true }));
	await query(server.adminUrl(), 'create table kept (id int)');
	await server.stop();
	const again = await start(dir);
	expect(again.folder).toBe(server.folder);
	expect(await query(again.adminUrl(), 'select id from kept')).toEqual([]);
});

test('nobody gets in without a password, from outside, or through a socket file', async () => {
	const server = await start(await dataDir());
	const [settings] = await query(
		server.url(),
		"select current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets, current_setting('wal_level') as wal"
	);
	expect(settings).toEqual({ listen: '127.0.0.1', sockets: '', wal: 'logical' });
	for (const role of ['postgres', 'supabase_admin', 'authenticator']) {
		const wrong = Object.assign(new URL(server.url()), { username: role, password: 'guess' }).href;
		await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
	}
});

test('migrations run with the rights they have on hosted Supabase, no more and no less', async () => {
	const server = await start(await dataDir());
	await prepareDatabase(server);
	const allowed = `
		create schema private;
		create extension pg_trgm with schema extensions;
		create function private.on_user() returns trigger language plpgsql as 'begin return new; end';
		create trigger on_user after insert on auth.users for each row execute function private.on_user();
		create table public.notes (id uuid primary key, author uuid references auth.users (id));
		create policy readers on realtime.messages for select to authenticated using (true);
		alter role authenticator set pgrst.db_pre_request = 'private.check_request';`;
	await query(server.url(), allowed);
	for (const refused of [
		'create role boss superuser',
		'alter role supabase_admin login',
		'alter system set fsync = off',
		"copy public.notes to program 'cat'"
	]) {
		await expect(query(server.url(), refused), refused).rejects.toMatchObject({ code: '42501' });
	}
	const granted = await query<{ granted: boolean }[]>(
		server.url(),
		`select role, has_table_privilege(role, 'public.notes', 'select, insert, update, delete') as granted from unnest(array['anon', 'authenticated', 'service_role']) as role`
	);
	expect(granted.map((row) => row.granted)).toEqual([false, false, false]);
});

test('preparing a database again changes nothing and keeps what is in it', async () => {
	const server = await start(await dataDir());
	await prepareDatabase(server);
	await query(server.url(), 'create table public.notes (id int); insert into public.notes values (1)');
	const shape = `select count(*)::int as objects, (select count(*)::int from pg_policies) as policies from pg_class where relnamespace <> 'pg_toast'::regnamespace`;
	const before = await query(server.url(), shape);
	await prepareDatabase(server);
	expect(await query(server.url(), shape)).toEqual(before);
	expect(await query(server.url(), 'select id from public.notes')).toEqual([{ id: 1 }]);
});
