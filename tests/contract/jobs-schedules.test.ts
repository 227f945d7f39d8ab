import { expect } from 'vitest';
import { fellDue, fits, type CalendarSchedule, type Schedule } from '../../embedded/jobs/schedule.ts';
import { extensions, only } from './jobs-clients.ts';
import { jobsServer } from './jobs-server.ts';
import { embeddedTest as test } from './local.ts';

const platform = jobsServer();
const at = (text: string) => Date.parse(`${text}Z`);

async function parse(schedule: string): Promise<Schedule | null> {
	const { sql } = platform.use();
	return only(await sql<{ parsed: Schedule | null }[]>`select cron._parse_schedule(${schedule}) as parsed`).parsed;
}

async function calendar(schedule: string): Promise<CalendarSchedule> {
	const parsed = await parse(schedule);
	if (parsed === null || !('minute' in parsed)) throw new Error(`${schedule} is no calendar`);
	return parsed;
}

test('a schedule is due at the minutes it names, in UTC', async () => {
	const cases: [string, string[], string[]][] = [
		['* * * * *', ['2026-01-01T00:00', '2026-06-15T13:37'], []],
		['*/15 * * * *', ['2026-01-01T00:45'], ['2026-01-01T00:46']],
		['30 3 * * 6', ['2026-01-03T03:30'], ['2026-01-04T03:30', '2026-01-03T04:30']],
		['0 12 $ * *', ['2026-02-28T12:00', '2028-02-29T12:00', '2026-12-31T12:00'], ['2028-02-28T12:00', '2026-12-30T12:00']],
		['0 0 * * 1-5', ['2026-01-02T00:00'], ['2026-01-03T00:00', '2026-01-04T00:00']],
		['0 0 * * 7', ['2026-01-04T00:00'], ['2026-01-05T00:00']],
		['0 0 * * sun,TUE', ['2026-01-04T00:00', '2026-01-06T00:00'], ['2026-01-05T00:00']],
		['5 4 1-7/3 jan-mar *', ['2026-03-07T04:05', '2026-01-01T04:05'], ['2026-04-01T04:05', '2026-01-02T04:05']],
		// With neither day starred one of them is enough; with a star, `*/2` included, both must fit.
		['0 0 13 * 5', ['2026-01-13T00:00', '2026-01-02T00:00'], ['2026-01-14T00:00']],
		['0 0 */2 * 5', ['2026-01-09T00:00'], ['2026-01-02T00:00', '2026-01-13T00:00']],
		['@hourly', ['2026-01-01T07:00'], ['2026-01-01T07:01']],
		['@weekly', ['2026-01-04T00:00'], ['2026-01-05T00:00']],
		['@monthly', ['2026-05-01T00:00'], ['2026-05-02T00:00']],
		// As in pg_cron, where a slip leaves it without a month.
		['@yearly', [], ['2026-01-01T00:00']],
		// As in cron, what stands behind the fifth field is not looked at.
		['0 9 * * * *', ['2026-01-01T09:00'], ['2026-01-01T09:01']]
	];
	for (const [schedule, due, notDue] of cases) {
		const parsed = await calendar(schedule);
		for (const time of due) expect(fits(parsed, at(time)), `${schedule} at ${time}`).toBe(true);
		for (const time of notDue) expect(fits(parsed, at(time)), `${schedule} at ${time}`).toBe(false);
	}
	expect(await parse('30 seconds')).toEqual({ seconds: 30 });
	expect(await parse(' 1 SECOND')).toEqual({ seconds: 1 });
	expect(await parse('@reboot')).toEqual({ reboot: true });
});

test('a reversed range is refused, which pg_cron takes for something else', async () => {
	const { sql } = platform.use();
	await expect(sql`select cron.schedule('never', '9-5 * * * *', 'select 1')`).rejects.toThrow('invalid schedule: 9-5 * * * *');
});

test('short sleeps are caught up on, long ones only for fixed times, very long ones not at all', async () => {
	const noon = await calendar('0 12 * * *');
	const often = await calendar('*/2 * * * *');
	expect(fellDue(noon, at('2026-01-01T11:59'), at('2026-01-01T12:03'))).toBe(true);
	expect(fellDue(often, at('2026-01-01T11:59'), at('2026-01-01T12:01'))).toBe(true);
	expect(fellDue(noon, at('2026-01-01T11:30'), at('2026-01-01T13:30'))).toBe(true);
	expect(fellDue(often, at('2026-01-01T11:31'), at('2026-01-01T12:31'))).toBe(false);
	expect(fellDue(often, at('2026-01-01T11:31'), at('2026-01-01T12:32'))).toBe(true);
	expect(fellDue(noon, at('2026-01-01T08:00'), at('2026-01-01T12:30'))).toBe(false);
	expect(fellDue(noon, at('2026-01-01T12:00'), at('2026-01-01T12:01'))).toBe(false);
});

test('the migration that makes the extensions runs twice, and drops and makes them again', async () => {
	const { sql } = platform.use();
	await sql.unsafe(extensions).simple();
	await sql.unsafe('drop extension pg_cron; drop extension pg_net').simple();
	expect(await sql`select from pg_namespace where nspname in ('cron', 'net')`).toHaveLength(0);
	await sql.unsafe(extensions).simple();
	expect([
		...(await sql`select extname, nspname from pg_extension join pg_namespace n on n.oid = extnamespace where extname in ('pg_cron', 'pg_net', 'supabase_vault') order by 1`)
	]).toEqual([
		{ extname: 'pg_cron', nspname: 'pg_catalog' },
		{ extname: 'pg_net', nspname: 'extensions' },
		{ extname: 'supabase_vault', nspname: 'vault' }
	]);
});
