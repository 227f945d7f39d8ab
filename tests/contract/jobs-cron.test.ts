import { afterEach, expect, test } from 'vitest';
import { databaseUnderTest, finishedRuns, freshName, only, soon } from './jobs-clients.ts';

/* pg_cron as a project's `postgres` meets it; jobs, runs and tables made here are removed again. */
const sql = databaseUnderTest();
const jobs: string[] = [];
const tables: string[] = [];

afterEach(async () => {
	const mine = jobs.splice(0);
	await sql`select cron.unschedule(jobid) from cron.job where jobid = any (${mine}::bigint[])`;
	await sql`delete from cron.job_run_details where jobid = any (${mine}::bigint[])`;
	for (const table of tables.splice(0)) await sql.unsafe(`drop table ${table}`);
});

async function schedule(name: string, when: string, command: string): Promise<string> {
	const { id } = only(await sql<{ id: string }[]>`select cron.schedule(${name}, ${when}, ${command}) as id`);
	jobs.push(id);
	return id;
}

/** A table that goes with the test. */
async function newTable(columns: string): Promise<string> {
	const table = `public.${freshName('job_table')}`;
	await sql.unsafe(`create table ${table} (${columns})`);
	tables.push(table);
	return table;
}

test('jobs are named, renewed, altered and removed as pg_cron does it', async () => {
	const name = freshName('nightly');
	const first = only(await sql`select cron.schedule(${name}, '0 3 * * *', 'select 1') as id`).id;
	const renewed = only(await sql`select cron.schedule(${name}, '0 4 * * *', 'select 2') as id`).id;
	expect(renewed).toBe(first);
	const nameless = only(await sql`select cron.schedule('0 5 * * *', 'select 3') as id`).id;
	expect([
		...(await sql`select jobid, schedule, command, nodename, database, username, active, jobname from cron.job where jobid in (${first}, ${nameless}) order by jobid`)
	]).toEqual([
		{
			jobid: first,
			schedule: '0 4 * * *',
			command: 'select 2',
			nodename: 'localhost',
			database: 'postgres',
			username: 'postgres',
			active: true,
			jobname: name
		},
		expect.objectContaining({ jobid: nameless, schedule: '0 5 * * *', jobname: null, active: true })
	]);
	await sql`select cron.alter_job(${first}, schedule := '1 1 1 1 1', active := false)`;
	expect(only(await sql`select schedule, command, active from cron.job where jobid = ${first}`)).toEqual({
		schedule: '1 1 1 1 1',
		command: 'select 2',
		active: false
	});
	await expect(sql`select cron.alter_job(${first}, schedule := 'often')`).rejects.toMatchObject({ code: '22023' });
	await expect(sql`select cron.alter_job(${first})`).rejects.toThrow('no updates specified');
	await expect(sql`select cron.alter_job(999999999, active := true)`).rejects.toThrow("Job 999999999 does not exist or you don't own it");
	await expect(sql`select cron.schedule('x', null, 'select 1')`).rejects.toThrow('schedule can not be NULL');
	await expect(sql`select cron.schedule_in_database('x', '* * * * *', 'select 1', 'nowhere')`).rejects.toMatchObject({ code: '3D000' });

	expect(only(await sql`select cron.unschedule(${name}) as gone`).gone).toBe(true);
	expect(only(await sql`select cron.unschedule(${nameless}::bigint) as gone`).gone).toBe(true);
	await expect(sql`select cron.unschedule(${name})`).rejects.toThrow(`could not find valid entry for job '${name}'`);
	await expect(sql`select cron.unschedule(${nameless}::bigint)`).rejects.toThrow(`could not find valid entry for job ${nameless}`);
	expect(await sql`select from cron.job where jobid in (${first}, ${nameless})`).toHaveLength(0);
});

test('a name or command full of quotes is a name and a command', async () => {
	const name = `'); drop table cron.job; --"$$\\${freshName('odd')}`;
	const command = `select '''); drop schema cron cascade; --'`;
	const id = await schedule(name, '* * * * *', command);
	expect(only(await sql`select jobname, command from cron.job where jobid = ${id}`)).toEqual({ jobname: name, command });
	// What stands behind the fifth field is not looked at.
	const other = await schedule(freshName('behind'), `* * * * *'); drop table cron.job; --`, 'select 1');
	expect(await sql`select from cron.job where jobid in (${id}, ${other})`).toHaveLength(2);
	expect(only(await sql`select cron.unschedule(${name}) as gone`).gone).toBe(true);
});

test('what is no schedule is refused when it is scheduled, in pg_cron’s words, and changes nothing', async () => {
	const name = freshName('never');
	const refused = [
		'',
		'* * * *',
		'60 * * * *',
		'* 24 * * *',
		'* * 0 * *',
		'* * * 13 *',
		'* * * * 8',
		'5/2 * * * *',
		'*/0 * * * *',
		'1- * * * *',
		'a * * * *',
		'* * $x * *',
		'60 seconds',
		'0 seconds',
		'-1 seconds',
		'5 minutes',
		'@nope',
		`* * * * * ${'x'.repeat(1000)}`
	];
	for (const schedule of refused) {
		await expect(sql`select cron.schedule(${name}, ${schedule}, 'select 1')`, schedule).rejects.toMatchObject({
			code: '22023',
			message: `invalid schedule: ${schedule}`,
			hint: "Use cron format (e.g. 5 4 * * *), or interval format '[1-59] seconds'"
		});
	}
	expect(await sql`select from cron.job where jobname = ${name}`).toHaveLength(0);
});

test('a job runs as the user who scheduled it, and its runs are noted', async () => {
	const seen = await newTable('who text, session text');
	const id = await schedule(freshName('look'), '1 second', `insert into ${seen} values (current_user, session_user)`);
	await expect.poll(() => finishedRuns(sql, id), soon).not.toHaveLength(0);
	expect((await finishedRuns(sql, id))[0]).toMatchObject({
		status: 'succeeded',
		return_message: 'INSERT 0 1',
		username: 'postgres',
		job_pid: expect.any(Number),
		start_time: expect.any(Date),
		end_time: expect.any(Date)
	});
	expect((await sql.unsafe(`select * from ${seen}`))[0]).toEqual({ who: 'postgres', session: 'postgres' });
});

test('what a run says is what pg_cron would say', async () => {
	const numbers = await newTable('n int primary key');
	const cases: [string, string, string][] = [
		['select 1', 'succeeded', '1 row'],
		['select generate_series(1, 3)', 'succeeded', '3 rows'],
		['select 1 where false', 'succeeded', '0 rows'],
		[`insert into ${numbers} values (1), (2) on conflict do nothing`, 'succeeded', 'INSERT 0 '],
		[`insert into ${numbers} select 9 where false returning n`, 'succeeded', '0 rows'],
		[`create table if not exists ${numbers} (n int)`, 'succeeded', 'CREATE TABLE'],
		// Neither works inside a transaction block.
		[`vacuum ${numbers}`, 'succeeded', 'VACUUM'],
		["select 1; do 'begin perform 1; end'", 'succeeded', 'DO'],
		['', 'succeeded', '0 rows'],
		[`copy ${numbers} from stdin`, 'failed', 'COPY not supported'],
		[`copy ${numbers} to stdout`, 'failed', 'COPY not supported'],
		['select *\nfrom nowhere', 'failed', 'ERROR:  relation "nowhere" does not exist\nLINE 2: from nowhere\n             ^\n'],
		[
			"do 'begin raise exception $$no$$ using detail = $$why$$, hint = $$so$$; end'",
			'failed',
			'ERROR:  no\nDETAIL:  why\nHINT:  so\nCONTEXT:  '
		],
		["set statement_timeout = '20ms'; select pg_sleep(5)", 'failed', 'ERROR:  canceling statement due to statement timeout\n']
	];
	const ids = new Map<string, string>();
	for (const [command] of cases) ids.set(command, await schedule(freshName('says'), '1 second', command));
	for (const [command, status, message] of cases) {
		const id = ids.get(command) ?? '';
		await expect.poll(() => finishedRuns(sql, id), soon).not.toHaveLength(0);
		const [run] = await finishedRuns(sql, id);
		// A message that ends in a space here goes on in ways that differ.
		const said = message.endsWith(' ') ? run?.return_message?.slice(0, message.length) : run?.return_message;
		expect({ status: run?.status, said }, command).toEqual({ status, said: message });
	}
});

test('statements of one command stand or fall together, and leave nothing for the next run', async () => {
	const pairs = await newTable('n int');
	const id = await schedule(freshName('half'), '1 second', `insert into ${pairs} values (1); insert into ${pairs} values (1 / 0)`);
	await expect.poll(() => finishedRuns(sql, id), soon).not.toHaveLength(0);
	const open = await schedule(freshName('open'), '1 second', `create temp table mine (); set work_mem = '1MB'; select pg_advisory_lock(7)`);
	// The second would fail on the table, or wait for the lock, if the first had left them.
	await expect
		.poll(async () => (await finishedRuns(sql, open)).map((run) => run.status), soon)
		.toEqual(expect.arrayContaining(['succeeded', 'succeeded']));
	expect((await finishedRuns(sql, open)).every((run) => run.status === 'succeeded')).toBe(true);
	expect(await sql.unsafe(`select from ${pairs}`)).toHaveLength(0);
});

test('an inactive job sleeps, and owes nothing when it wakes', async () => {
	const asleep = await schedule(freshName('asleep'), '1 second', 'select 1');
	await sql`select cron.alter_job(${asleep}, active := false)`;
	await sql`delete from cron.job_run_details where jobid = ${asleep}`;
	const awake = await schedule(freshName('awake'), '1 second', 'select 1');
	await expect.poll(() => finishedRuns(sql, awake).then((runs) => runs.length), soon).toBeGreaterThan(1);
	expect(await finishedRuns(sql, asleep)).toHaveLength(0);
	await sql`select cron.alter_job(${asleep}, active := true)`;
	await expect.poll(() => finishedRuns(sql, asleep).then((runs) => runs.length), soon).toBeGreaterThan(0);
});
