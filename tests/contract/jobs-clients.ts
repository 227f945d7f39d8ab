import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll } from 'vitest';
import { connect } from './auth-clients.ts';

/** How a migration makes the extensions on a hosted project. */
export const extensions = `
	create extension if not exists pg_cron with schema pg_catalog;
	create extension if not exists pg_net with schema extensions;
	create extension if not exists supabase_vault with schema vault;`;

/** How long `expect.poll` waits for what happens by itself: generous, for a machine that has more to do. */
export const soon = { timeout: 15_000 };

/** The database of the platform under test as `postgres`, with the extensions; they stay there afterwards. */
export function databaseUnderTest(): Sql {
	const sql = connect();
	beforeAll(async () => {
		// Two test files may make them at once.
		await sql.begin(async (tx) => {
			await tx`select pg_advisory_xact_lock(hashtext('contract extensions'))`;
			await tx.unsafe(extensions).simple();
		});
	});
	afterAll(() => sql.end({ timeout: 1 }));
	return sql;
}

/** A name that nobody else uses for a job, a secret or a table. */
export const freshName = (purpose: string): string => `${purpose}_${randomUUID().replaceAll('-', '')}`;

export type RunDetails = {
	jobid: string;
	runid: string;
	status: string;
	return_message: string | null;
	username: string;
	job_pid: number | null;
	start_time: Date | null;
	end_time: Date | null;
};

/** The finished runs of a job, oldest first. */
export async function finishedRuns(sql: Sql, jobId: string | number): Promise<RunDetails[]> {
	return [
		...(await sql<RunDetails[]>`
			select * from cron.job_run_details where jobid = ${jobId} and status in ('succeeded', 'failed') order by runid`)
	];
}

/** The first row of an answer; a test without one fails here. */
export function only<T>(rows: readonly T[]): T {
	const [row] = rows;
	if (row === undefined) throw new Error('no row');
	return row;
}
