import postgres from 'postgres';
import { RequestQueue } from './request-queue.ts';
import { Scheduler } from './scheduler.ts';

export { installExtensions } from './install.ts';

/** What runs for one database. */
export type JobsOptions = {
	/** The superuser's connection URL to a database of the embedded Postgres. */
	adminUrl: (database?: string) => string;
	/** Whose jobs and requests are run; `postgres` unless named. */
	database?: string;
	/** HTTP requests reach this machine and nothing else: there is no other way to run. */
	onlyLoopback: true;
	/** The time, ms since 1970; the system's unless a test sets another. */
	now?: () => number;
};

/** The running worker. */
export type Jobs = {
	/** Ends what is under way, then its connections. Call it before the database stops. */
	stop(): Promise<void>;
};

/**
 * Runs what pg_cron and pg_net would run for one database. It keeps one connection, asleep until a transaction that touched jobs or requests
 * commits; without the extensions it does nothing else. One worker per database.
 */
export async function createJobs({ adminUrl, database = 'postgres', now = Date.now }: JobsOptions): Promise<Jobs> {
	const sql = postgres(adminUrl(database), {
		max: 4,
		// Given back soon: each costs memory while nothing is due.
		idle_timeout: 2,
		fetch_types: false,
		onnotice: () => {},
		connection: { application_name: 'pg_net and pg_cron' }
	});
	const scheduler = new Scheduler({ sql, adminUrl, now });
	const requests = new RequestQueue(sql);
	let isStopping = false;
	// One reading after the other: the later one must win.
	let reading = Promise.resolve();
	let isAsked = false;
	const reload = () => {
		if (isAsked) return;
		isAsked = true;
		reading = reading
			.then(() => {
				isAsked = false;
				return isStopping ? undefined : scheduler.reload();
			})
			.catch((error: unknown) => {
				if (!isStopping) console.error('jobs: the jobs could not be read:', error);
			});
	};
	const refresh = () => {
		reload();
		requests.wake();
	};

	try {
		// `refresh` is called again whenever the connection had to be made anew: what was missed meanwhile is looked for.
		await sql.listen('embedded_jobs', (part) => (part === 'cron' ? reload() : requests.wake()), refresh);
		await reading;
	} catch (error) {
		await sql.end({ timeout: 1 });
		throw error;
	}
	return {
		async stop() {
			isStopping = true;
			await reading;
			await Promise.all([scheduler.stop(), requests.stop()]);
			await sql.end({ timeout: 2 });
		}
	};
}
