import type { Sql } from 'postgres';
import type { JobSession, JobSessions } from './job-session.ts';
import { outcomeOf, outcomeOfError, type Outcome } from './outcome.ts';

/** What a run needs to know of a row of cron.job. */
export type Job = { id: string; command: string; database: string; username: string };

/** Runs that a killed process did not finish have failed, in pg_cron's words. */
export async function failUnfinishedRuns(sql: Sql): Promise<void> {
	await sql`
		update cron.job_run_details set status = 'failed', return_message = 'server restarted'
		where status in ('starting', 'running')`;
}

/** One run of a job, from its first row in cron.job_run_details to its last word there. */
export class JobRun {
	readonly #sql: Sql;
	readonly #sessions: JobSessions;
	readonly #job: Job;
	#session: JobSession | null = null;
	#canceled = false;
	#left = false;

	constructor(sql: Sql, sessions: JobSessions, job: Job) {
		this.#sql = sql;
		this.#sessions = sessions;
		this.#job = job;
	}

	/** Resolves when the run is over and its session gone. Throws only when the run could not be noted down. */
	async run(slot: number): Promise<void> {
		const sql = this.#sql;
		const { id, database, username, command } = this.#job;
		const [details] = await sql<{ runId: string }[]>`
			insert into cron.job_run_details (jobid, database, username, command, status)
			values (${id}, ${database}, ${username}, ${command}, 'starting') returning runid::text as "runId"`;
		if (!details) return;
		try {
			const outcome = await this.#perform(slot, details.runId);
			if (this.#left) return;
			await sql`
				update cron.job_run_details set
					status = ${outcome.status}, return_message = ${outcome.message},
					start_time = coalesce(start_time, clock_timestamp()), end_time = clock_timestamp()
				where runid = ${details.runId}`;
		} finally {
			await this.#session?.close();
		}
	}

	/** Ends a run whose job is gone: what it did is rolled back. */
	async cancel(): Promise<void> {
		this.#canceled = true;
		await this.#session?.kill();
	}

	/** Ends a run because the platform stops. Its row stays as it is: the next start finds it unfinished. */
	async leave(): Promise<void> {
		this.#left = true;
		await this.#session?.kill();
	}

	async #perform(slot: number, runId: string): Promise<Outcome> {
		const { command } = this.#job;
		try {
			this.#session = await this.#sessions.open(slot, this.#job);
		} catch {
			this.#session = null;
		}
		const session = this.#session;
		if (!session) return { status: 'failed', message: 'connection failed' };
		try {
			if (this.#canceled || this.#left) return { status: 'failed', message: 'job canceled' };
			await this.#sql`
				update cron.job_run_details set status = 'running', job_pid = ${session.pid}, start_time = clock_timestamp()
				where runid = ${runId}`;
			return outcomeOf(await session.run(command), command);
		} catch (error) {
			return this.#canceled ? { status: 'failed', message: 'job canceled' } : outcomeOfError(error, command);
		}
	}
}
