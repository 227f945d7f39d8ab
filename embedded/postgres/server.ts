import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { installExtensions } from '../jobs/install.ts';
import { claimOwnership, untilLeft } from './ownership.ts';
import { findBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { claimPort } from './ports.ts';
import { startPostmaster, stopLeftover } from './postmaster.ts';
import { PortTaken, Refusal } from './refusal.ts';
import { makeServerFolder, serviceUser } from './service-user.ts';
import type { ServiceUser } from './service-user.ts';

/** A running PostgreSQL server on loopback. */
export type PostgresServer = {
	port: number;
	/** Where its files are: `<dataDir>/postgres`, or under /var/lib when the service user cannot enter that. */
	folder: string;
	/** Process id of the server itself. */
	pid: number;
	/** Resolves when the server has ended, by `stop` or by itself. */
	exited: Promise<void>;
	/** Connection URL; the role is `postgres` unless another login role is named. */
	url(database?: string, role?: LoginRole): string;
	/** Connection URL of the superuser, supabase_admin: for platform services only. */
	adminUrl(database?: string): string;
	createDatabase(name: string, options?: { template?: string }): Promise<void>;
	dropDatabase(name: string): Promise<void>;
	stop(): Promise<void>;
};

export type LoginRole = 'postgres' | 'authenticator' | 'supabase_auth_admin' | 'supabase_storage_admin';

export type PostgresOptions = {
	/** The platform's data folder; made when missing. */
	dataDir: string;
	/** Port on 127.0.0.1, 0 for any free one. */
	port: number;
	/** false gives up durability for speed: throw-away test servers only. */
	durable?: boolean;
	/** The data folder, when the caller has claimed it already and gives it back itself. */
	claim?: Claim;
	/** Aborted when nobody wants the server any more: then it is not started. */
	signal?: AbortSignal;
};

const settings = {
	listen_addresses: '127.0.0.1',
	unix_socket_directories: '',
	wal_level: 'logical',
	max_connections: '200',
	max_wal_senders: '20',
	max_replication_slots: '20',
	// A slot whose reader is gone must not fill the disk.
	max_slot_wal_keep_size: '1GB',
	shared_preload_libraries: 'pg_stat_statements',
	password_encryption: 'scram-sha-256',
	TimeZone: 'UTC',
	log_timezone: 'UTC',
	jit: 'off',
	log_min_messages: 'warning'
};

const giveUpDurability = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const execute = promisify(execFile);

async function makeCluster(folder: string, binaries: Binaries, user: ServiceUser, durable: boolean): Promise<void> {
	const cluster = join(folder, 'cluster');
	if (existsSync(join(cluster, 'PG_VERSION'))) return;
	const secretFile = join(folder, 'secret');
	if (!existsSync(secretFile)) writeFileSync(secretFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
	if (user.uid !== undefined && user.gid !== undefined) chownSync(secretFile, user.uid, user.gid);

	// initdb works beside the final place, so that a start killed half-way leaves nothing that looks whole.
	const making = join(folder, 'cluster.new');
	rmSync(making, { recursive: true, force: true });
	mkdirSync(making, { mode: 0o700 });
	if (user.uid !== undefined && user.gid !== undefined) chownSync(making, user.uid, user.gid);
	const flags = ['--username=supabase_admin', `--pwfile=${secretFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8'];
	if (process.platform === 'darwin' || process.platform === 'win32') flags.splice(-1, 1, '--locale=C');
	try {
		await execute(binaries.initdb, [`--pgdata=${making}`, ...flags, ...(durable ? [] : ['--no-sync'])], {
			...user,
			cwd: '/',
			env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
		});
	} catch (cause) {
		const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
		throw new Refusal(
			'initdb',
			`The database cluster could not be made in ${making}: ${said || String(cause)}`,
			'Check that the disk has room and the folder is writable, or choose another with EMBEDDED_DIR=<folder>.',
			{ cause }
		);
	}
	renameSync(making, cluster);
}

function passwordOf(role: LoginRole, secret: string): string {
	// The documented password of local Supabase; every other login is secret to this data folder.
	return role === 'postgres' ? 'postgres' : createHmac('sha256', secret).update(role).digest('base64url');
}

/** Connection URL of the superuser of a server on `port` whose data folder has this secret. */
export const adminUrlAt = (port: number, secret: string, database = 'postgres') =>
	`postgresql://supabase_admin:${secret}@127.0.0.1:${port}/${database}`;

const loginRoles: readonly LoginRole[] = ['postgres', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin'];

async function makeRoles(adminUrl: string, secret: string): Promise<void> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
	try {
		await sql.unsafe(readFileSync(new URL('./roles.sql', import.meta.url), 'utf8')).simple();
		const bare = await sql<{ name: LoginRole }[]>`
			select rolname as name from pg_authid where rolname in ${sql(loginRoles)} and rolpassword is null`;
		for (const { name } of bare) {
			await sql.unsafe(`alter role ${name} password '${passwordOf(name, secret)}'`);
		}
	} finally {
		await sql.end();
	}
}

/** A data folder that is this process's own until it is given back. */
export type Claim = {
	/** Where the server's files are. */
	folder: string;
	/** Who they belong to. */
	user: ServiceUser;
	release(): void;
};

/** Claims a data folder, waiting for a process that is about to leave it. Throws a Refusal while another living process uses it. */
export async function claimDataFolder(dataDir: string): Promise<Claim> {
	const user = serviceUser();
	const folder = makeServerFolder(dataDir, user);
	await untilLeft(dataDir);
	return { folder, user, release: claimOwnership(folder) };
}

/**
 * Starts PostgreSQL over `<dataDir>/postgres`, making the cluster the first time, and makes Supabase's roles.
 * A server that a killed process left behind is stopped first. Throws PortTaken or another Refusal.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
	const durable = options.durable ?? true;
	const claim = options.claim ?? (await claimDataFolder(options.dataDir));
	const { folder, user } = claim;
	const release = () => {
		if (!options.claim) claim.release();
	};
	try {
		options.signal?.throwIfAborted();
		const binaries = findBinaries(user);
		const cluster = join(folder, 'cluster');
		await stopLeftover(cluster);
		await makeCluster(folder, binaries, user, durable);
		installExtensions(binaries.postgres);
		const secret = readFileSync(join(folder, 'secret'), 'utf8').trim();

		const launch = async () => {
			const port = await claimPort(options.port, 'DB_PORT');
			const postmaster = await startPostmaster({
				binaries,
				user,
				cluster,
				logFile: join(folder, 'server.log'),
				port,
				settings: durable ? settings : { ...settings, ...giveUpDurability }
			});
			return { port, postmaster };
		};
		const { port, postmaster } = await launch().catch((error: unknown) => {
			// A free port can be taken between finding it and using it: find another, once.
			if (options.port !== 0 || error instanceof PortTaken) throw error;
			return launch();
		});

		const adminUrl = (database?: string) => adminUrlAt(port, secret, database);
		const run = async (statement: string) => {
			const sql = postgres(adminUrl(), { max: 1, onnotice: () => {} });
			try {
				await sql.unsafe(statement);
			} finally {
				await sql.end();
			}
		};
		const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
		try {
			await makeRoles(adminUrl(), secret);
		} catch (error) {
			await postmaster.stop();
			throw error;
		}
		return {
			port,
			folder,
			pid: postmaster.pid,
			exited: postmaster.exited,
			url: (database = 'postgres', role = 'postgres') => `postgresql://${role}:${passwordOf(role, secret)}@127.0.0.1:${port}/${database}`,
			adminUrl,
			createDatabase: (name, { template = 'template1' } = {}) =>
				run(`create database ${quoted(name)} template ${quoted(template)} owner postgres`),
			dropDatabase: (name) => run(`drop database if exists ${quoted(name)} with (force)`),
			async stop() {
				await postmaster.stop();
				release();
			}
		};
	} catch (error) {
		release();
		throw error;
	}
}
