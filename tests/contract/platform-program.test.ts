import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverFolders } from '../../embedded/postgres/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

type Line = { event: string; [fact: string]: unknown };
type Program = { child: ChildProcess; lines: Line[]; exited: Promise<number | null> };

let folder: Awaited<ReturnType<typeof scratchFolder>>;
const children: ChildProcess[] = [];
beforeAll(async () => {
	folder = await scratchFolder('program');
});
afterAll(async () => {
	for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
	await folder.remove();
});

/** `node embedded/main.ts` as scripts start it, without the demo rows. */
function run(env: Record<string, string> = {}): Program {
	const child = spawn(process.execPath, ['embedded/main.ts'], {
		env: {
			...process.env,
			NODE_ENV: '',
			EMBEDDED_DIR: folder.path,
			API_PORT: '0',
			DB_PORT: '0',
			MAIL_PORT: '0',
			SMTP_PORT: '0',
			SEED_FILE: '',
			...env
		},
		stdio: ['pipe', 'pipe', 'inherit']
	});
	children.push(child);
	const lines: Line[] = [];
	createInterface({ input: child.stdout }).on('line', (text) => lines.push(JSON.parse(text)));
	return { child, lines, exited: once(child, 'close').then(() => child.exitCode) };
}

async function ready(program: Program): Promise<{ apiUrl: string; dbUrl: string; publishableKey: string }> {
	const last = () => program.lines.find(({ event }) => event === 'ready' || event === 'error');
	await expect.poll(last, { timeout: 20_000, interval: 20 }).toMatchObject({ event: 'ready' });
	const line = last();
	return { apiUrl: String(line?.apiUrl), dbUrl: String(line?.dbUrl), publishableKey: String(line?.publishableKey) };
}

async function asking<T>(dbUrl: string, ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
	const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
	try {
		return await ask(sql);
	} finally {
		await sql.end();
	}
}

const health = async (apiUrl: string) => (await fetch(`${apiUrl}/health`)).status;
const isOpen = (apiUrl: string) =>
	health(apiUrl).then(
		() => true,
		() => false
	);

test('a first start tells its steps and how to reach it, and keeps its keys to its owner', async () => {
	const program = run();
	const { apiUrl } = await ready(program);
	expect(await health(apiUrl)).toBe(200);
	const steps = program.lines.filter(({ event }) => event === 'step');
	expect(steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['database', 'migrations', 'services']));
	for (const step of steps) expect(step.ms).toBeTypeOf('number');
	expect((await stat(join(folder.path, 'keys.json'))).mode & 0o777).toBe(0o600);
	program.child.kill('SIGTERM');
	expect(await program.exited).toBe(0);
	await expect(health(apiUrl)).rejects.toThrow('fetch failed');
});

test('a second start keeps keys and rows, and does no work twice', async () => {
	const first = run();
	const before = await ready(first);
	await asking(before.dbUrl, (sql) => sql`create table kept as select 42 as answer`);
	first.child.stdin?.end();
	expect(await first.exited, 'the end of its input ends it').toBe(0);

	const second = run();
	const after = await ready(second);
	expect(after.publishableKey).toBe(before.publishableKey);
	expect(await asking(after.dbUrl, (sql) => sql`select answer from kept`)).toEqual([{ answer: 42 }]);
	expect(second.lines.filter(({ name }) => String(name).endsWith('.sql'))).toEqual([]);
	second.child.kill('SIGINT');
	expect(await second.exited).toBe(0);
});

test('killed without warning it loses no saved row, and the next start recovers by itself', async () => {
	const first = run();
	const { dbUrl } = await ready(first);
	await asking(dbUrl, (sql) => sql`create table saved as select 'still here' as word`);
	first.child.kill('SIGKILL');
	await first.exited;

	const second = run();
	const after = await ready(second);
	expect(await asking(after.dbUrl, (sql) => sql`select word from saved`)).toEqual([{ word: 'still here' }]);
	second.child.kill('SIGTERM');
	expect(await second.exited).toBe(0);
});

test('when the database is killed it says so and ends, and the next start recovers by itself', async () => {
	const first = run();
	const { dbUrl } = await ready(first);
	await asking(dbUrl, (sql) => sql`create table rescued as select 'here too' as word`);
	const [server] = serverFolders(folder.path);
	const pid = Number((await readFile(join(server ?? '', 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
	process.kill(pid, 'SIGKILL');
	expect(await first.exited).toBe(1);
	expect(first.lines.at(-1)).toMatchObject({ event: 'error', code: 'database_ended' });

	const second = run();
	const after = await ready(second);
	expect(await asking(after.dbUrl, (sql) => sql`select word from rescued`)).toEqual([{ word: 'here too' }]);
	second.child.kill('SIGTERM');
	expect(await second.exited).toBe(0);
});

test('told to stop, it lets a request under way finish', async () => {
	const program = run();
	const { apiUrl, dbUrl, publishableKey } = await ready(program);
	const ask = (path: string) =>
		fetch(`${apiUrl}/auth/v1/${path}`, {
			method: 'POST',
			headers: { apikey: publishableKey },
			body: JSON.stringify({ email: 'late@example.test', password: 'correct horse' })
		});
	expect((await ask('signup')).status).toBe(200);
	const answer = await asking(dbUrl, (sql) =>
		sql.begin(async (tx) => {
			await tx`select from auth.users where email = 'late@example.test' for update`;
			const signIn = ask('token?grant_type=password');
			const isWaiting = async () => (await tx`select from pg_locks where not granted`).length > 0;
			await expect.poll(isWaiting, { timeout: 10_000, interval: 10 }).toBe(true);
			program.child.kill('SIGTERM');
			await expect.poll(() => isOpen(apiUrl), { timeout: 10_000, interval: 10 }).toBe(false);
			return { signIn };
		})
	);
	expect((await answer.signIn).status).toBe(200);
	expect(await program.exited).toBe(0);
});

test('told to stop, it keeps no connection for another request', async () => {
	const program = run();
	const { apiUrl, publishableKey } = await ready(program);
	const socket = connect(Number(new URL(apiUrl).port), '127.0.0.1');
	// Half a request: the connection is in use when the end comes.
	socket.write(`GET /auth/v1/settings HTTP/1.1\r\nhost: localhost\r\napikey: ${publishableKey}\r\n`);
	await health(apiUrl);
	program.child.kill('SIGTERM');
	await expect.poll(() => isOpen(apiUrl), { timeout: 2500, interval: 10 }).toBe(false);
	socket.write('\r\n');
	expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nconnection: close\r\n/i);
	expect(await program.exited).toBe(0);
});

test('two platforms never share a data folder', async () => {
	const first = run();
	const { apiUrl } = await ready(first);
	const second = run();
	expect(await second.exited).toBe(1);
	expect(second.lines.at(-1)).toMatchObject({ event: 'error', code: 'already_running', fix: expect.stringContaining('EMBEDDED_DIR') });
	expect(await health(apiUrl), 'the first goes on').toBe(200);
	first.child.kill('SIGTERM');
	expect(await first.exited).toBe(0);
});

test.each(['API_PORT', 'DB_PORT'])('a taken port is told by the name of its variable: %s', async (variable) => {
	const other = createServer();
	await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
	const address = other.address();
	const port = address !== null && typeof address === 'object' ? address.port : 0;
	const program = run({ [variable]: String(port) });
	expect(await program.exited).toBe(1);
	expect(program.lines.at(-1)).toMatchObject({
		event: 'error',
		code: 'port_taken',
		message: expect.stringContaining(String(port)),
		fix: expect.stringContaining(`${variable}=`)
	});
	other.close();
});

test('it refuses production, and a port that is none', async () => {
	const production = run({ NODE_ENV: 'production' });
	expect(await production.exited).toBe(1);
	expect(production.lines).toEqual([expect.objectContaining({ event: 'error', code: 'production' })]);
	const nonsense = run({ API_PORT: 'http' });
	expect(await nonsense.exited).toBe(1);
	expect(nonsense.lines).toEqual([
		expect.objectContaining({ event: 'error', code: 'bad_port', message: expect.stringContaining('API_PORT') })
	]);
});
