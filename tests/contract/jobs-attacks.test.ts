import type { Sql } from 'postgres';
import { afterEach, beforeAll, expect } from 'vitest';
import { finishedRuns, only, soon } from './jobs-clients.ts';
import { jobsServer } from './jobs-server.ts';
import { embeddedTest as test } from './local.ts';

const platform = jobsServer();

beforeAll(async () => {
	const { admin, sql, startJobs } = platform.use();
	await admin.unsafe('create role mallory login; create role victim login; create role outsider login').simple();
	await sql`grant usage on schema cron to mallory, victim, anon, authenticated`;
	await startJobs();
});

afterEach(async () => {
	const { admin } = platform.use();
	await admin`delete from cron.job`;
});

const asMallory = <T>(work: (sql: Sql) => Promise<T>) => platform.use().as('mallory', work);

/** Runs a command as a job of mallory and returns what became of it. */
async function attempt(command: string) {
	const { admin } = platform.use();
	const id = await asMallory(async (sql) => only(await sql`select cron.schedule('attack', '1 second', ${command}) as id`).id);
	await expect.poll(() => finishedRuns(admin, id), soon).not.toHaveLength(0);
	await asMallory((sql) => sql`select cron.unschedule('attack')`);
	return only(await finishedRuns(admin, id));
}

test('there is no way back from a job to the superuser, nor to anybody else', async () => {
	const { admin } = platform.use();
	await admin`create table public.loot (who text)`;
	await admin`grant insert on public.loot to public`;
	for (const way of [
		'reset role',
		'set session authorization default',
		'reset session authorization; reset role; reset all',
		'discard all'
	]) {
		const command = `insert into public.loot select current_user from pg_roles where rolname = current_user and (rolsuper or rolname !~ '^(mallory|embedded_job_)')`;
		// `discard all` stands alone, or not at all.
		expect(await attempt(way === 'discard all' ? way : `${way}; ${command}`), way).toMatchObject({ status: 'succeeded' });
	}
	expect(await admin`select from public.loot`).toHaveLength(0);

	const prizes = [
		'set session authorization supabase_admin',
		'set session authorization postgres',
		'set role supabase_admin',
		'set role postgres',
		'set role service_role',
		'create role boss superuser',
		'alter role mallory superuser',
		'select from pg_authid',
		"select pg_read_file('vault.key')",
		"copy (select 1) to program 'cat'",
		"set session_replication_role = 'replica'",
		"set log_min_messages = 'panic'",
		"select vault.create_secret('x')",
		'select from vault.decrypted_secrets',
		"update cron.job set username = 'supabase_admin'",
		'drop table public.loot'
	];
	for (const way of ['select 1', 'reset session authorization']) {
		const attacks = prizes.map(
			(prize) => `
			begin execute $prize$${prize}$prize$; taken := taken || $prize$${prize}$prize$::text;
			exception when insufficient_privilege then refused := refused + 1; end;`
		);
		const run = await attempt(`${way}; do $do$ declare taken text[] := '{}'; refused int := 0; begin ${attacks.join('')}
			raise exception 'taken %, refused %', taken, refused; end $do$`);
		expect(run.return_message, way).toContain(`taken {}, refused ${prizes.length}\n`);
	}
	expect(await attempt('alter system set fsync = off')).toMatchObject({
		status: 'failed',
		return_message: expect.stringContaining('permission denied')
	});
	expect(only(await admin`select rolsuper from pg_roles where rolname = 'mallory'`).rolsuper).toBe(false);
}, 60_000);

test('what a job leaves to the end of its transaction runs as its user too', async () => {
	const { admin } = platform.use();
	const run = await attempt(`
		create temp table trap (n int);
		create function pg_temp.spring() returns trigger language plpgsql as $$ begin perform rolpassword from pg_authid; return null; end $$;
		create constraint trigger spring after insert on trap initially deferred for each row execute function pg_temp.spring();
		insert into trap values (1)`);
	expect(run).toMatchObject({ status: 'failed', return_message: expect.stringContaining('permission denied for table pg_authid') });
	const cursor = await attempt(`begin; declare later cursor with hold for select rolpassword from pg_authid; commit`);
	expect(cursor).toMatchObject({ status: 'failed', return_message: expect.stringContaining('permission denied for table pg_authid') });
	expect(await admin`select from pg_roles where rolname like 'embedded_job_%' and (rolsuper or rolcanlogin)`).toHaveLength(0);
});

test('a job cannot learn how the worker’s roles log in', async () => {
	const { sql, admin } = platform.use();
	const id = only(await sql`select cron.schedule('peep', '1 second', 'select 1') as id`).id;
	await expect.poll(() => finishedRuns(admin, id), soon).not.toHaveLength(0);
	// postgres may read all statistics: no statement in them holds a password.
	const statements =
		await sql`select query from extensions.pg_stat_statements where query ilike '%embedded_job_%' and query ilike '%password%'`;
	for (const { query } of statements) expect(query).toMatch(/^alter role embedded_job_\d+_\d password (\$1|'SCRAM-SHA-256\$)/);
	const role = only(await admin`select rolname from pg_roles where rolname like 'embedded_job_%' limit 1`).rolname;
	for (const attack of [`alter role ${role} password 'mine' login`, `grant ${role} to postgres`, `drop role ${role}`]) {
		await expect(sql.unsafe(attack), attack).rejects.toMatchObject({ code: '42501' });
	}
});

test('a user sees and changes own jobs only', async () => {
	const { admin, as } = platform.use();
	const id = await as(
		'victim',
		async (sql) => only(await sql`select cron.schedule('private', '1 second', 'select ''my secret''') as id`).id
	);
	await expect.poll(() => finishedRuns(admin, id), soon).not.toHaveLength(0);
	await asMallory(async (sql) => {
		expect(await sql`select from cron.job`).toHaveLength(0);
		expect(await sql`select from cron.own_job`).toHaveLength(0);
		expect(await sql`select from cron.job_run_details where username <> 'mallory'`).toHaveLength(0);
		await expect(sql`select cron.unschedule(${id}::bigint)`).rejects.toThrow(`could not find valid entry for job ${id}`);
		await expect(sql`select cron.unschedule('private')`).rejects.toThrow('could not find valid entry');
		await expect(sql`select cron.alter_job(${id}, command := 'select 2')`).rejects.toMatchObject({ code: '42501' });
		expect((await sql`delete from cron.job_run_details where jobid = ${id}`).count).toBe(0);
		// A function that leaks what it is shown is shown nothing of others.
		await sql`create function pg_temp.leak(text) returns bool language plpgsql cost 0.0000001 as 'begin raise exception using message = $1; end'`;
		expect(await sql`select from cron.own_job where pg_temp.leak(command)`).toHaveLength(0);
		expect(await sql`select from cron.job where pg_temp.leak(command)`).toHaveLength(0);
	});
	expect(only(await admin`select command, username from cron.job where jobid = ${id}`)).toEqual({
		command: "select 'my secret'",
		username: 'victim'
	});
	await as('outsider', (sql) => expect(sql`select * from cron.job`).rejects.toMatchObject({ code: '42501' }));
});

test('nobody schedules a job for somebody else', async () => {
	const { sql, as } = platform.use();
	const attacks = [
		"insert into cron.job (schedule, command, username) values ('* * * * *', 'select 1', 'supabase_admin')",
		"insert into cron.job (schedule, command) values ('* * * * *', 'select 1')",
		"update cron.job set username = 'supabase_admin'",
		'delete from cron.job',
		"insert into cron.job_run_details (runid, status) values (0, 'forged')"
	];
	for (const attack of attacks) await asMallory((own) => expect(own.unsafe(attack), attack).rejects.toMatchObject({ code: '42501' }));
	// postgres bypasses row-level security, and may still not write into the table.
	for (const attack of attacks.slice(0, 4)) await expect(sql.unsafe(attack), attack).rejects.toMatchObject({ code: '42501' });

	const forged = [
		"insert into cron.own_job (schedule, command, database, username, active) values ('* * * * *', 'select 1', 'postgres', 'supabase_admin', true)",
		"update cron.own_job set username = 'supabase_admin'"
	];
	await sql`select cron.schedule('mine', '0 0 1 1 *', 'select 1')`;
	for (const attack of forged) await expect(sql.unsafe(attack), attack).rejects.toMatchObject({ code: '44000' });
	await expect(sql`select cron.schedule_in_database('x', '* * * * *', 'select 1', 'postgres', 'supabase_admin')`).rejects.toThrow(
		'must be superuser to create a job for another role'
	);
	await expect(sql`select cron._schedule('x', '* * * * *', 'select 1', null, 'supabase_admin', true)`).rejects.toThrow('must be superuser');
	await expect(sql`select cron.alter_job(1, username := 'supabase_admin')`).rejects.toThrow('must be superuser to alter username');

	// In a function of mallory's a job is mallory's, whoever calls it.
	await asMallory((own) => own`create schema if not exists mine`.catch(() => {}));
	await sql.unsafe(`create schema trap; grant all on schema trap to mallory`).simple();
	await asMallory(
		(own) =>
			own`create function trap.door() returns bigint language sql security definer as $$ select cron.schedule('trapped', '0 0 1 1 *', 'select 1') $$`
	);
	await sql`select trap.door()`;
	expect(only(await sql`select username from cron.job where jobname = 'trapped'`).username).toBe('mallory');
	// And with `set role`, the job is the role's.
	await as('postgres', async (own) => {
		await own`set role authenticated`;
		await own`select cron.schedule('as role', '0 0 1 1 *', 'select 1')`;
	});
	expect(only(await sql`select username from cron.job where jobname = 'as role'`).username).toBe('authenticated');
});

test('a role that cannot log in, or may not connect, runs nothing', async () => {
	const { admin, as } = platform.use();
	const id = await as('authenticated', async (sql) => only(await sql`select cron.schedule('api', '1 second', 'select 1') as id`).id);
	await expect.poll(() => finishedRuns(admin, id), soon).not.toHaveLength(0);
	expect(only(await finishedRuns(admin, id))).toMatchObject({ status: 'failed', return_message: 'connection failed' });
	await admin`create database closed`;
	await admin`revoke connect on database closed from public`;
	await admin`grant execute on function cron.schedule_in_database to mallory`;
	await asMallory((sql) =>
		expect(sql`select cron.schedule_in_database('away', '* * * * *', 'select 1', 'closed')`).rejects.toThrow(
			'User mallory does not have CONNECT privilege on closed'
		)
	);
});

test('a name made to break out of a statement is only a name', async () => {
	const { admin, as } = platform.use();
	const name = `x"; alter role mallory superuser; --'`;
	await admin
		.unsafe(`create role "${name.replaceAll('"', '""')}" login; grant usage on schema cron to "${name.replaceAll('"', '""')}"`)
		.simple();
	const database = `odd "name' ; --`;
	await admin.unsafe(`create database "${database.replaceAll('"', '""')}"`);
	const id = await as(name, async (sql) => only(await sql`select cron.schedule(${name}, '1 second', 'select current_user') as id`).id);
	await expect.poll(() => finishedRuns(admin, id), soon).not.toHaveLength(0);
	expect(only(await finishedRuns(admin, id))).toMatchObject({ status: 'succeeded', username: name });
	const away = only(
		await admin`select cron.schedule_in_database('odd', '1 second', 'create table if not exists arrived ()', ${database}) as id`
	).id;
	await expect.poll(() => finishedRuns(admin, away), soon).not.toHaveLength(0);
	expect(only(await finishedRuns(admin, away))).toMatchObject({ status: 'succeeded', return_message: 'CREATE TABLE' });
	expect(only(await admin`select rolsuper from pg_roles where rolname = 'mallory'`).rolsuper).toBe(false);
});
