import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { scratchFolder } from '../support/scratch-folder.ts';
import { ownPlatform } from './own-platform.ts';

// The unmodified Supabase CLI, pointed at the platform's database as it is pointed at a hosted one.

const cli = createRequire(import.meta.url)
	.resolve('supabase/package.json')
	.replace('package.json', 'dist/supabase.js');

/** The CLI takes seconds for each answer where the machine is busy. */
vi.setConfig({ testTimeout: 120_000 });

const platform = ownPlatform(() => {}, 'supabase/migrations');
let folder: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
	folder = await scratchFolder('cli');
	await mkdir(join(folder.path, 'supabase'));
	await writeFile(join(folder.path, 'supabase', 'config.toml'), 'project_id = "cli"\n');
	await cp('supabase/migrations', join(folder.path, 'supabase', 'migrations'), { recursive: true });
	await asking((sql) =>
		sql
			.unsafe('create extension if not exists pg_cron with schema pg_catalog; create extension if not exists pg_net with schema extensions')
			.simple()
	);
});
afterAll(() => folder.remove());

async function asking<T>(ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
	const sql = postgres(platform.use().dbUrl, { max: 1, onnotice: () => {} });
	try {
		return await ask(sql);
	} finally {
		await sql.end();
	}
}

type Answer = { code: number | null; output: string; errors: string };

/** Runs one command of the CLI against the platform's database. */
async function supabase(...command: string[]): Promise<Answer> {
	const target = `--remote=${platform.use().dbUrl}?sslmode=disable`;
	const child = spawn(process.execPath, [cli, ...command, target, '--workdir', folder.path], {
		env: { ...process.env, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_COLOR: '1' },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
	const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
	return { code, output, errors };
}

/** What a command says as JSON. */
async function asked(...command: string[]) {
	const { code, output, errors } = await supabase(...command, '--output-format', 'json');
	return { code, answer: JSON.parse(output), errors };
}

const schemasIn = (types: string): string[] => [...types.matchAll(/"(\w+)": \{\s+Tables: \{/g)].map(([, name]) => name ?? '');

test('gen types gives the types that the app is written with, and those of the services on demand', async () => {
	const types = await supabase('gen', 'types');
	expect(types.output, types.errors).toBe(await readFile('src/lib/database.types.ts', 'utf8'));
	const services = await supabase(
		'gen',
		'types',
		...['public', 'storage', 'auth', 'cron', 'net', 'vault'].flatMap((name) => ['--schema', name])
	);
	expect(schemasIn(services.output)).toEqual(['auth', 'cron', 'net', 'public', 'storage', 'vault']);
	for (const table of ['objects', 'buckets', 'job_run_details', 'http_request_queue', 'decrypted_secrets', 'refresh_tokens']) {
		expect(services.output).toContain(`"${table}": {`);
	}
});

test('db advisors finds nothing, and finds what is wrong when something is', async () => {
	const { code, output, errors } = await supabase('db', 'advisors', '--level', 'warn', '--fail-on', 'warn');
	expect(code, output + errors).toBe(0);
	expect(output + errors).toContain('No issues found');
	await asking((sql) => sql`create table public.open_to_all (id int primary key)`);
	await asking((sql) => sql`grant select on public.open_to_all to anon`);
	const open = await supabase('db', 'advisors', '--level', 'warn', '--fail-on', 'warn');
	await asking((sql) => sql`drop table public.open_to_all`);
	expect(open.code).not.toBe(0);
	expect(open.output + open.errors).toContain('rls_disabled_in_public');
});

test('a new migration is pushed, listed on both sides, and served by REST at once; a broken one leaves nothing', async () => {
	const migration = (name: string, sql: string) => writeFile(join(folder.path, 'supabase', 'migrations', name), sql);
	const listed = async () => (await asked('migration', 'list')).answer.migrations;
	const before = await listed();
	expect(before.length).toBeGreaterThan(0);
	for (const { local, remote } of before) expect(remote).toBe(local);
	expect((await asked('db', 'push', '--dry-run')).answer).toMatchObject({ migrations: [] });

	await migration(
		'20990101000000_widgets.sql',
		'create table public.widgets (id int primary key); grant select on public.widgets to anon;'
	);
	expect((await listed()).at(-1)).toMatchObject({ local: '20990101000000', remote: '' });
	const pushed = await asked('db', 'push', '--yes');
	expect([pushed.code, pushed.answer.migrations], pushed.errors).toEqual([0, ['20990101000000_widgets.sql']]);
	expect((await listed()).at(-1)).toMatchObject({ local: '20990101000000', remote: '20990101000000' });
	const { apiUrl, publishableKey } = platform.use();
	const rows = await fetch(`${apiUrl}/rest/v1/widgets`, { headers: { apikey: publishableKey } });
	expect([rows.status, await rows.json()]).toEqual([200, []]);

	await migration('20990102000000_broken.sql', 'create table public.gadgets (id int primary key); create table oops (');
	const refused = await asked('db', 'push', '--yes');
	expect([refused.code, refused.answer.error.message]).toEqual([
		1,
		expect.stringContaining('syntax error at end of input (SQLSTATE 42601)')
	]);
	expect((await listed()).at(-1)).toMatchObject({ local: '20990102000000', remote: '' });
	expect(await asking((sql) => sql`select from pg_tables where tablename in ('gadgets', 'oops')`)).toHaveLength(0);
});

test.each([
	['db-stats', 'database_size'],
	['table-stats', 'public.deals'],
	['index-stats', 'public.deals'],
	['role-stats', 'authenticator'],
	['replication-slots', 'realtime_messages'],
	['outliers', 'total_exec_time'],
	['locks', 'pg_stat_activity']
])('inspect db %s shows the database', async (report, expected) => {
	const { code, answer, errors } = await asked('inspect', 'db', report);
	expect(code, errors).toBe(0);
	expect(JSON.stringify(answer.rows)).toContain(expected);
});
