import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Stream } from 'node:stream';
import postgres, { type Sql } from 'postgres';

/** Who runs a command, and where. */
export type SessionOf = { username: string; database: string };

/** A session of a job's user, for one command. */
export type JobSession = {
	pid: number;
	/** Runs all statements of a command as one text, as libpq's PQsendQuery does. Rows are counted, not kept. */
	run(command: string): Promise<unknown>;
	/** Ends the session, and what runs in it, at once. */
	kill(): Promise<void>;
	/** Ends the session; resolves when the server has let go of it. */
	close(): Promise<void>;
};

/** What PostgreSQL keeps of a password (RFC 5803): sent in its place, so that no statement ever holds the password itself. */
function scramVerifier(password: string): string {
	const iterations = 4096;
	const salt = randomBytes(16);
	const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
	const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
	const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
	return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}

async function runIn(own: Sql, command: string): Promise<unknown> {
	const answer: unknown = await own
		.unsafe(command)
		.simple()
		.forEach(() => {});
	// COPY waits for somebody at its other end. Nobody is; its error when the session is closed is no news.
	if (answer instanceof Stream) answer.on('error', () => {});
	return answer;
}

/**
 * Opens sessions as any user, from which there is no way back. pg_cron logs in as the job's user, past passwords, from inside the server;
 * here nobody knows that password, and a superuser that only did `set role` could be had back by `reset role`. So each of a few roles
 * of our own logs in as a superuser, becomes the job's user by `set session authorization`, and is stripped of its powers before the command
 * is sent: PostgreSQL 17 asks the catalog, not the log-in, whether a session may go back or elsewhere. What `reset session authorization`
 * leads to is a role that may do nothing.
 *
 * A role has powers only while no command runs in its session, and its password is known to this process alone.
 */
export class JobSessions {
	readonly #sql: Sql;
	readonly #adminUrl: (database?: string) => string;
	readonly #password = randomBytes(32).toString('base64url');
	readonly #made = new Set<string>();
	#prefix = '';

	/** `sql` is a superuser's. */
	constructor(sql: Sql, adminUrl: (database?: string) => string) {
		this.#sql = sql;
		this.#adminUrl = adminUrl;
	}

	/** Ends what a killed process left running for this database. Called before the first session is opened. */
	async clear(): Promise<void> {
		const sql = this.#sql;
		const [here] = await sql<{ oid: string }[]>`select oid::text as oid from pg_database where datname = current_database()`;
		this.#prefix = `embedded_job_${here?.oid ?? ''}_`;
		const left = await sql<{ name: string }[]>`select rolname as name from pg_roles where starts_with(rolname, ${this.#prefix})`;
		for (const { name } of left) await this.#strip(name);
		await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where starts_with(usename, ${this.#prefix})`;
	}

	/**
	 * A session as `username` in `database`; null when that user may not log in there. One at a time per `slot`. Names and settings come from
	 * users: none of them becomes part of a statement.
	 */
	async open(slot: number, { username, database }: SessionOf): Promise<JobSession | null> {
		const settings = await this.#settings({ username, database });
		if (!settings) return null;
		const role = `${this.#prefix}${slot}`;
		await this.#make(role);
		const url = new URL(this.#adminUrl(database));
		url.username = role;
		url.password = this.#password;
		const own = postgres(url.href, {
			database,
			max: 1,
			fetch_types: false,
			max_lifetime: null,
			connect_timeout: 10,
			onnotice: () => {},
			// What a log-in as the user would begin with, and `reset` go back to.
			connection: { ...settings, application_name: 'pg_cron' }
		});
		const kill = async () => {
			await this.#sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = ${role}`;
		};
		const close = async () => {
			await own.end({ timeout: 1 });
			await kill();
		};
		try {
			await this.#sql.unsafe(`alter role ${role} superuser login`);
			const [session] = await own<{ pid: number }[]>`
				select pg_backend_pid() as pid, set_config('session_authorization', ${username}, false)`;
			await this.#strip(role);
			if (!session) throw new Error('the session did not begin');
			return { pid: session.pid, run: (command) => runIn(own, command), kill, close };
		} catch (error) {
			await this.#strip(role);
			await close();
			throw error;
		}
	}

	async #make(role: string): Promise<void> {
		if (this.#made.has(role)) return;
		const [known] = await this.#sql`select from pg_roles where rolname = ${role}`;
		if (!known) await this.#sql.unsafe(`create role ${role} noinherit`);
		await this.#sql.unsafe(`alter role ${role} password '${scramVerifier(this.#password)}'`);
		this.#made.add(role);
	}

	async #strip(role: string): Promise<void> {
		await this.#sql.unsafe(`alter role ${role} nosuperuser nologin`);
	}

	/** The settings of the user (statement_timeout, search_path, …), as a log-in would find them; null when it could not log in. */
	async #settings({ username, database }: SessionOf): Promise<Record<string, string> | null> {
		const [user] = await this.#sql<{ settings: Record<string, string> | null }[]>`
			select (
				select jsonb_object_agg(split_part(pair, '=', 1), substr(pair, strpos(pair, '=') + 1) order by s.setdatabase)
				from pg_db_role_setting as s, unnest(s.setconfig) as pair
				where s.setrole = r.oid and s.setdatabase in (0, d.oid) and split_part(pair, '=', 1) not in ('role', 'application_name')
			) as settings
			from pg_roles as r, pg_database as d
			where r.rolname = ${username} and r.rolcanlogin and d.datname = ${database}
				and d.datallowconn and has_database_privilege(r.oid, d.oid, 'connect')`;
		return user ? (user.settings ?? {}) : null;
	}
}
