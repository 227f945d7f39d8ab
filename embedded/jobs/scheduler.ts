import type { Sql } from 'postgres';
import { failUnfinishedRuns, JobRun, type Job } from './job-run.ts';
import { JobSessions } from './job-session.ts';
import { fellDue, minuteOf, type Schedule } from './schedule.ts';

/** Runs at once, the number Supabase's guide advises to stay under (https://supabase.com/docs/guides/cron). */
const SLOTS = 8;

type JobRow = Job & { schedule: Schedule | null; active: boolean };

type Task = {
	job: JobRow;
	run: JobRun | null;
	/** Due and not yet begun. A run that falls due while another waits is not a second one. */
	isWaiting: boolean;
	/** The last minute that was looked at; ms since 1970. */
	minute: number;
	/** When the last run began, or when the job became known. */
	startedAt: number;
};

export type SchedulerOptions = {
	/** A superuser's. */
	sql: Sql;
	adminUrl: (database?: string) => string;
	/** The time, ms since 1970. */
	now: () => number;
};

/**
 * Does what pg_cron's background worker does with cron.job: begins what is due, at most once at a time each. Everything about time is decided in
 * memory; the database is asked when the jobs changed, and told when one runs.
 */
export class Scheduler {
	readonly #sql: Sql;
	readonly #now: () => number;
	readonly #sessions: JobSessions;
	readonly #tasks = new Map<string, Task>();
	readonly #slots = new Map<number, Promise<void>>();
	#timer: NodeJS.Timeout | undefined;
	#isFirst = true;
	#isReady = false;
	#isStopped = false;

	constructor({ sql, adminUrl, now }: SchedulerOptions) {
		this.#sql = sql;
		this.#now = now;
		this.#sessions = new JobSessions(sql, adminUrl);
	}

	/** Reads the jobs anew; without the extension there are none. */
	async reload(): Promise<void> {
		const [extension] = await this.#sql`select from pg_extension where extname = 'pg_cron'`;
		if (extension && !this.#isReady) {
			await this.#begin();
			this.#isReady = true;
		}
		const rows = extension ? await this.#read() : [];
		if (this.#isStopped) return;
		await this.#learn(rows);
		// A restart is that of this process, whenever the extension comes.
		if (this.#isFirst) this.#startAtBoot();
		this.#isFirst = false;
		this.#tick();
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await Promise.all([...this.#tasks.values()].map((task) => task.run?.leave()));
		await Promise.all(this.#slots.values());
	}

	async #begin(): Promise<void> {
		await this.#sessions.clear();
		await failUnfinishedRuns(this.#sql);
	}

	#read(): Promise<JobRow[]> {
		return this.#sql<JobRow[]>`
			select jobid::text as id, cron._parse_schedule(schedule) as schedule, command, database, username, active
			from cron.job order by jobid`;
	}

	async #learn(rows: JobRow[]): Promise<void> {
		const now = this.#now();
		const known = new Map(rows.map((row) => [row.id, row]));
		for (const row of rows) {
			const task = this.#tasks.get(row.id);
			// One that was asleep begins like a new one: it owes nothing for the time.
			if (task?.job.active) task.job = row;
			else this.#tasks.set(row.id, { job: row, run: task?.run ?? null, isWaiting: false, minute: minuteOf(now), startedAt: now });
		}
		for (const [id, task] of this.#tasks) {
			const isActive = known.get(id)?.active ?? false;
			if (!known.has(id)) this.#tasks.delete(id);
			if (!isActive) {
				task.isWaiting = false;
				await task.run?.cancel();
			}
		}
	}

	#startAtBoot(): void {
		for (const task of this.#tasks.values()) {
			if (task.job.active && task.job.schedule && 'reboot' in task.job.schedule) task.isWaiting = true;
		}
	}

	#tick(): void {
		if (this.#isStopped) return;
		const now = this.#now();
		let wakeAt = Infinity;
		for (const task of this.#tasks.values()) {
			const { schedule, active } = task.job;
			if (!active || !schedule || 'reboot' in schedule) continue;
			if ('seconds' in schedule) {
				const dueAt = task.startedAt + schedule.seconds * 1000;
				if (now >= dueAt) task.isWaiting = true;
				else wakeAt = Math.min(wakeAt, dueAt);
				continue;
			}
			const minute = minuteOf(now);
			if (minute > task.minute) {
				if (fellDue(schedule, task.minute, minute)) task.isWaiting = true;
				task.minute = minute;
			}
			// A clock set back far is a new time; set back a little, nothing runs twice.
			if (task.minute - minute > 180 * 60_000) task.minute = minute;
			wakeAt = Math.min(wakeAt, minute + 60_000);
		}
		this.#startWaiting(now);
		clearTimeout(this.#timer);
		if (wakeAt < Infinity) this.#timer = setTimeout(() => this.#tick(), Math.max(1, wakeAt - now)).unref();
	}

	#startWaiting(now: number): void {
		for (const task of this.#tasks.values()) {
			if (!task.isWaiting || task.run) continue;
			const slot = Array.from({ length: SLOTS }, (_, index) => index).find((index) => !this.#slots.has(index));
			if (slot === undefined) return;
			task.isWaiting = false;
			task.startedAt = now;
			const run = (task.run = new JobRun(this.#sql, this.#sessions, task.job));
			const over = run.run(slot).catch((error: unknown) => this.#onLostRun(task.job.id, error));
			this.#slots.set(
				slot,
				over.then(() => {
					this.#slots.delete(slot);
					task.run = null;
					const current = this.#tasks.get(task.job.id);
					if (current) current.run = null;
					this.#tick();
				})
			);
		}
	}

	/** A run that could not be noted down: the extension was dropped, then its jobs are forgotten, or something is wrong. */
	async #onLostRun(id: string, error: unknown): Promise<void> {
		await this.reload().catch(() => {});
		if (!this.#isStopped && this.#tasks.has(id)) console.error(`jobs: a run of job ${id} was lost:`, error);
	}
}
