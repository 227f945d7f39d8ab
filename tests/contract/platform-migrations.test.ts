import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyMigrations, applySeed } from '../../embedded/migrate/index.ts';
import { prepareDatabase, startPostgres, type PostgresServer } from '../../embedded/postgres/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

let server: PostgresServer;
let url: string;
let sql: postgres.Sql;
let project: string;
let dir: string;
let removeFolder: () => Promise<void>;
let databases = 0;

beforeAll(async () => {
	const folder = await scratchFolder('migrations');
	removeFolder = folder.remove;
	server = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
	await server.createDatabase('fresh');
	await prepareDatabase(server, 'fresh');
	project = join(folder.path, 'project');
});

afterAll(async () => {
	await server.stop();
	await removeFolder();
});

beforeEach(async () => {
	const name = `run_${++databases}`;
	await server.createDatabase(name, { template: 'fresh' });
	url = server.url(name);
	sql = postgres(url, { max: 1, onnotice: () => {} });
	dir = join(project, 'supabase', 'migrations');
	await rm(project, { recursive: true, force: true });
	await mkdir(dir, { recursive: true });
});

afterEach(() => sql.end());

const write = (name: string, text: string) => writeFile(join(dir, name), text);
const versions = async () =>
	(await sql`select version from supabase_migrations.schema_migrations order by version`).map((row) => row.version);

async function supabase(...parameters: string[]): Promise<string> {
	const env = { ...process.env, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
	const program = join(process.cwd(), 'node_modules/.bin/supabase');
	const { stdout } = await promisify(execFile)(program, [...parameters, '--workdir', project], { env });
	return stdout;
}

const companies =
	"-- People we sell to; semicolons in comments do not count\ncreate table public.companies (id int primary key);\ncomment on table public.companies is $$It's; one$$;\n";
const deals = 'create table public.deals (id int primary key, company_id int references public.companies (id));\n';

test('files are applied in order, once, and the database is as they say', async () => {
	await write('20260102000000_deals.sql', deals);
	await write('20260101000000_companies.sql', companies);
	await write('README.md', 'no migration');
	const steps: string[] = [];
	const onStep = (name: string) => steps.push(name);
	expect(await applyMigrations({ url, dir, onStep })).toEqual(['20260101000000_companies.sql', '20260102000000_deals.sql']);
	expect(await applyMigrations({ url, dir, onStep })).toEqual([]);
	expect(steps).toEqual(['20260101000000_companies.sql', '20260102000000_deals.sql']);
	expect(await sql`select relname from pg_class where relname in ('companies', 'deals') and relowner = 'postgres'::regrole`).toHaveLength(
		2
	);
});

test('the Supabase CLI sees the same history', async () => {
	await write('20260101000000_companies.sql', companies);
	await write('20260102000000_deals.sql', deals);
	await applyMigrations({ url, dir });
	await write('20260103000000_later.sql', 'select 1;');
	const listed = await supabase('migration', 'list', `--remote=${url}`);
	// A line per version: the file's, then the database's.
	expect(listed).toMatch(/20260101000000[^\d\n]+20260101000000/);
	expect(listed).toMatch(/20260102000000[^\d\n]+20260102000000/);
	expect(listed).not.toMatch(/20260103000000[^\d\n]+20260103000000/);
	expect(await supabase('db', 'push', `--remote=${url}`, '--yes').then(versions)).toEqual([
		'20260101000000',
		'20260102000000',
		'20260103000000'
	]);
	expect(await applyMigrations({ url, dir })).toEqual([]);
}, 60_000);

test('what the CLI applied counts as applied', async () => {
	await write('20260101000000_companies.sql', companies);
	await supabase('db', 'push', `--remote=${url}`, '--yes');
	await write('20260102000000_deals.sql', deals);
	expect(await applyMigrations({ url, dir })).toEqual(['20260102000000_deals.sql']);
}, 60_000);

test('a file that fails leaves the last good state and tells file, line and reason', async () => {
	await write('20260101000000_companies.sql', companies);
	await write('20260102000000_broken.sql', 'create table public.half (id int);\n\nalter table public.half\n  add column other textt;\n');
	await write('20260103000000_deals.sql', deals);
	await expect(applyMigrations({ url, dir })).rejects.toMatchObject({
		code: 'migration_failed',
		file: '20260102000000_broken.sql',
		line: 4,
		sqlState: '42704',
		message: expect.stringContaining('type "textt" does not exist')
	});
	expect(await versions()).toEqual(['20260101000000']);
	expect(await sql`select to_regclass('public.half') as half, to_regclass('public.deals') as deals`).toEqual([{ half: null, deals: null }]);

	await write('20260102000000_broken.sql', 'create table public.half (id int);');
	expect(await applyMigrations({ url, dir })).toEqual(['20260102000000_broken.sql', '20260103000000_deals.sql']);
});

test('the line is told even where the database gives no position', async () => {
	await write('20260101000000_twice.sql', `${companies}\ncreate table public.companies (id int);\nselect 1;\n`);
	await expect(applyMigrations({ url, dir })).rejects.toMatchObject({ line: 5, sqlState: '42P07' });
});

test('a file changed after it was applied is refused, one that is gone too', async () => {
	await write('20260101000000_companies.sql', companies);
	await applyMigrations({ url, dir });
	await write('20260101000000_companies.sql', companies.replace('int', 'bigint'));
	await expect(applyMigrations({ url, dir })).rejects.toMatchObject({ code: 'migration_changed', file: '20260101000000_companies.sql' });
	await rename(join(dir, '20260101000000_companies.sql'), join(dir, '20260101000001_companies.sql'));
	await expect(applyMigrations({ url, dir })).rejects.toMatchObject({ code: 'migration_missing' });
	expect(await versions()).toEqual(['20260101000000']);
});

test('of two runners at once each file is applied by one', async () => {
	for (let number = 10; number < 20; number++) {
		await write(`202601${number}000000_step.sql`, `create table public.step_${number} (id int); select pg_sleep(0.01);`);
	}
	const runs = await Promise.all([applyMigrations({ url, dir }), applyMigrations({ url, dir }), applyMigrations({ url, dir })]);
	expect(runs.map((files) => files.length).sort()).toEqual([0, 0, 10]);
	expect(await versions()).toHaveLength(10);
});

test('the seed runs once, and a failing one leaves nothing', async () => {
	await write('20260101000000_companies.sql', companies);
	await applyMigrations({ url, dir });
	const file = join(project, 'seed.sql');
	await writeFile(file, 'insert into public.companies values (1);\ninsert into public.companies values (1);\n');
	await expect(applySeed({ url, file })).rejects.toMatchObject({ code: 'migration_failed', sqlState: '23505', line: 2 });
	expect(await sql`select id from public.companies`).toEqual([]);
	await writeFile(file, 'insert into public.companies values (1);');
	expect(await applySeed({ url, file })).toBe(true);
	expect(await applySeed({ url, file })).toBe(false);
	expect(await sql`select id from public.companies`).toEqual([{ id: 1 }]);
});
