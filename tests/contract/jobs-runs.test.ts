import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, vi } from 'vitest';
import type { Jobs } from '../../embedded/jobs/index.ts';
import { finishedRuns, only, soon } from './jobs-clients.ts';
import { jobsServer } from './jobs-server.ts';
import { embeddedTest as test } from './local.ts';

const platform = jobsServer();
const running: Jobs[] = [];

async function start(options: { database?: string; now?: () => number } = {}): Promise<Jobs> {
	const jobs = await platform.use().startJobs(options);
	running.push(jobs);
	return jobs;
}

afterEach(async () => {
	const { admin } = platform.use();
	await admin`delete from cron.job`;
	for (const jobs of running.splice(0)) await jobs.stop();
	await admin`delete from cron.job_run_details`;
});

async function schedule(name: string, when: string, command: string): Promise<string> {
	const { sql } = platform.use();
	return only(await sql<{ id: string }[]>`select cron.schedule(${name}, ${when}, ${command}) as id`).id;
}

test('a job runs as the user who scheduled it, with that user’s settings, and its runs are noted', async () => {
	const { sql, admin } = platform.use();
	await start();
	await admin`create role reporter login`;
	await admin
		.unsafe(`alter role reporter set statement_timeout = '7s'; alter role reporter set search_path = "$user", public, cron`)
		.simple();
	await sql.unsafe(`
		create table public.seen (who text, session text, patience text, path text);
		grant insert on public.seen to reporter;
		grant usage on schema cron to reporter;`);
	const command = `insert into public.seen values (current_user, session_user, current_setting('statement_timeout'), current_setting('search_path'))`;
	const id = await platform
		.use()
		.as('reporter', async (own) => only(await own`select cron.schedule('look', '1 second', ${command}) as id`).id);
	await expect.poll(() => finishedRuns(sql, id), soon).not.toHaveLength(0);
	expect(only(await finishedRuns(sql, id))).toMatchObject({
		status: 'succeeded',
		return_message: 'INSERT 0 1',
		username: 'reporter',
		job_pid: expect.any(Number),
		start_time: expect.any(Date),
		end_time: expect.any(Date)
	});
	expect(only(await sql`select * from public.seen`)).toEqual({
		who: 'reporter',
		session: 'reporter',
		patience: '7s',
		path: '"$user", public, cron'
	});
});

test('a minute’s job runs when the minute comes', async () => {
	const { sql } = platform.use();
	// A clock that is a moment before the full minute, wherever the real one is.
	const shift = 60_000 - (Date.now() % 60_000) - 400;
	await start({ now: () => Date.now() + shift });
	const id = await schedule('minute', '* * * * *', 'select 1');
	await expect.poll(() => finishedRuns(sql, id), soon).toHaveLength(1);
});

test('one run of a job at a time, and late ones are not piled up', async () => {
	const { sql } = platform.use();
	await sql`create table public.door (open boolean)`;
	await start();
	const id = await schedule(
		'slow',
		'1 second',
		`do 'begin while not exists (select from public.door) loop perform pg_sleep(0.02); end loop; end'`
	);
	// Another job keeps the clock ticking meanwhile.
	await schedule('quick', '1 second', 'select 1');
	const count = async () => (await sql`select from cron.job_run_details where jobid = ${id}`).length;
	const isOld = async () =>
		(await sql`select from cron.job_run_details where jobid = ${id} and status = 'running' and start_time < now() - interval '3.2 seconds'`)
			.length;
	await expect.poll(isOld, soon).toBe(1);
	expect(await count()).toBe(1);
	// Three have fallen due meanwhile; when the door opens one of them runs, and then the next a second later.
	await sql`insert into public.door values (true)`;
	await expect.poll(() => finishedRuns(sql, id).then((runs) => runs.length), soon).toBeGreaterThanOrEqual(3);
	const [first, second, third] = await finishedRuns(sql, id);
	const gap = (earlier?: { start_time: Date | null }, later?: { start_time: Date | null }) =>
		(later?.start_time?.getTime() ?? 0) - (earlier?.start_time?.getTime() ?? 0);
	expect(gap(first, second)).toBeGreaterThanOrEqual(3200);
	expect(gap(second, third)).toBeGreaterThan(700);
});

test('at most eight jobs run at once; the others wait their turn', async () => {
	const { sql } = platform.use();
	await sql`create table public.gate (open boolean)`;
	await start();
	const ids: string[] = [];
	for (let n = 0; n < 11; n++) {
		ids.push(
			await schedule(
				`wait ${n}`,
				'1 second',
				`do 'begin while not exists (select from public.gate) loop perform pg_sleep(0.05); end loop; end'`
			)
		);
	}
	const runningNow = async () =>
		(await sql`select from cron.job_run_details where status = 'running' and start_time < now() - interval '1.5 seconds'`).length;
	await expect.poll(runningNow, soon).toBe(8);
	expect(await sql`select from cron.job_run_details`).toHaveLength(8);
	await sql`insert into public.gate values (true)`;
	for (const id of ids) await expect.poll(() => finishedRuns(sql, id).then((runs) => runs.length), soon).toBeGreaterThan(0);
});

test('a job taken off the list is stopped in its run', async () => {
	const { sql } = platform.use();
	await start();
	const id = await schedule('endless', '1 second', 'select pg_sleep(600)');
	const isRunning = async () => (await sql`select job_pid from cron.job_run_details where jobid = ${id} and status = 'running'`).length;
	await expect.poll(isRunning, soon).toBe(1);
	const { job_pid: pid } = only(await sql`select job_pid from cron.job_run_details where jobid = ${id}`);
	await sql`select cron.unschedule('endless')`;
	await expect.poll(() => finishedRuns(sql, id), soon).toMatchObject([{ status: 'failed', return_message: 'job canceled' }]);
	await expect.poll(() => sql`select from pg_stat_activity where pid = ${pid}`, soon).toHaveLength(0);
});

test('jobs for a start run once per start', async () => {
	const { sql } = platform.use();
	const id = await schedule('boot', '@reboot', 'select 1');
	const first = await start();
	await expect.poll(() => finishedRuns(sql, id), soon).toHaveLength(1);
	await first.stop();
	await start();
	await expect.poll(() => finishedRuns(sql, id), soon).toHaveLength(2);
});

test('runs cut off by kill -9 are marked as failed by the next start, and nothing of them goes on', async () => {
	const { sql, server } = platform.use();
	const id = await schedule('cut', '1 second', 'select pg_sleep(600)');
	const program = `
		const { createJobs } = await import(${JSON.stringify(new URL('../../embedded/jobs/index.ts', import.meta.url).href)});
		const url = new URL(process.argv[1]);
		await createJobs({ adminUrl: (database = 'postgres') => Object.assign(new URL(url), { pathname: '/' + database }).href, onlyLoopback: true });
		console.log('started');
		setInterval(() => {}, 60_000);`;
	const worker = spawn(process.execPath, ['--input-type=module', '-e', program, server.adminUrl()], {
		stdio: ['ignore', 'pipe', 'inherit']
	});
	await once(createInterface(worker.stdout), 'line');
	const pidOf = async () => (await sql`select job_pid from cron.job_run_details where jobid = ${id} and status = 'running'`)[0]?.job_pid;
	await expect.poll(pidOf, soon).toEqual(expect.any(Number));
	const pid = await pidOf();
	worker.kill('SIGKILL');
	await once(worker, 'exit');
	expect(await sql`select from pg_stat_activity where pid = ${pid}`).toHaveLength(1);
	await sql`update cron.job set active = false`.catch(() => {});
	await start();
	expect(only(await finishedRuns(sql, id))).toMatchObject({ status: 'failed', return_message: 'server restarted' });
	expect(await sql`select from pg_stat_activity where pid = ${pid}`).toHaveLength(0);
	expect(await sql`select from pg_roles where rolname like 'embedded_job_%' and (rolsuper or rolcanlogin)`).toHaveLength(0);
});

test('a copy of a database with jobs runs them when a worker is there for it, in the copy', async () => {
	const { server, sql } = platform.use();
	await start();
	await server.createDatabase('original');
	const { default: postgres } = await import('postgres');
	const original = postgres(server.adminUrl('original'), { max: 1, onnotice: () => {} });
	await original`create extension pg_cron`;
	await original`select cron.schedule('here', '1 second', 'select 1')`;
	await original.end();
	await server.createDatabase('copy', { template: 'original' });
	const copy = postgres(server.adminUrl('copy'), { max: 1, onnotice: () => {} });
	try {
		const jobs = await start({ database: 'copy' });
		// Scheduled in the original: the row still names it, as pg_cron's would.
		await copy`select cron.schedule('there', '1 second', 'create table if not exists ran (n int)')`;
		await expect.poll(() => copy`select from pg_class where relname = 'ran'`, soon).toHaveLength(1);
		expect(await sql`select from pg_class where relname = 'ran'`).toHaveLength(0);
		await jobs.stop();
	} finally {
		await copy.end();
	}
});

test('without the extension the worker says and does nothing, and notices when it comes, goes and comes again', async () => {
	const { server } = platform.use();
	const { default: postgres } = await import('postgres');
	const complaints = vi.spyOn(console, 'error');
	await server.createDatabase('bare');
	const bare = postgres(server.url('bare'), { max: 1, onnotice: () => {} });
	try {
		const jobs = await start({ database: 'bare' });
		const others = async () =>
			(
				await bare`select state from pg_stat_activity where datname = 'bare' and pid <> pg_backend_pid() and backend_type = 'client backend'`
			).map((row) => row.state);
		await expect.poll(others, soon).toHaveLength(1);
		for (let round = 0; round < 2; round++) {
			await bare`create extension pg_cron`;
			const { id } = only(await bare`select cron.schedule('here', '1 second', 'select 1') as id`);
			await expect.poll(() => finishedRuns(bare, id).then((runs) => runs.length), soon).toBeGreaterThan(0);
			await bare`drop extension pg_cron`;
		}
		await bare`create table after_that (n int)`;
		await expect.poll(others, soon).toHaveLength(1);
		await jobs.stop();
		expect(complaints).not.toHaveBeenCalled();
	} finally {
		complaints.mockRestore();
		await bare.end();
	}
});
