import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { createAuth, createMailer, type Mailer } from './auth/index.ts';
import { createFunctions, type Functions } from './functions/index.ts';
import { createTokens, keyRole, startGateway, type Gateway } from './gateway/index.ts';
import { createJobs, type Jobs } from './jobs/index.ts';
import { loadKeys, type SigningJwk } from './keys.ts';
import { startMail, type MailService } from './mail/index.ts';
import { applyMigrations, applySeed } from './migrate/index.ts';
import { prepareDatabase, startPostgres, type PostgresServer } from './postgres/index.ts';
import { createRealtime, type Realtime } from './realtime/index.ts';
import { createRest, type Rest } from './rest/index.ts';
import { functionSettings, loadSettings, type Settings } from './settings/index.ts';
import { createStorage, type Storage } from './storage/index.ts';

/** Where a platform keeps its data and what it starts with. */
export type PlatformOptions = {
	/** Made when missing; one running platform each. */
	dataDir: string;
	/** Port of the API on 127.0.0.1, 0 for any free one. */
	apiPort: number;
	/** Port of the database on 127.0.0.1, 0 for any free one. */
	dbPort: number;
	/** Folder of migrations to apply; none without it. */
	migrationsDir?: string;
	/** Rows for a database that was never seeded; none without it. */
	seedFile?: string;
	/** Port of the web mailbox and the Postmark API on 127.0.0.1; any free one without it. */
	mailPort?: number;
	/** Port on 127.0.0.1 that takes mail over SMTP; any free one without it. */
	smtpPort?: number;
	/** Folder of edge functions; none without it. */
	functionsDir?: string;
	/** Edge functions follow their files. */
	watch?: boolean;
	/** What differs from `supabase/config.toml`: for tests of settings that a project has only one of. */
	adjust?: (settings: Settings) => void;
	/** Told of each step of the start and how long it took. */
	onStep?: (name: string, ms: number) => void;
	/** false gives up durability for speed: throw-away platforms only. */
	durable?: boolean;
};

/** A running Supabase on this machine. */
export type Platform = {
	apiUrl: string;
	/** The database as role `postgres`. */
	dbUrl: string;
	publishableKey: string;
	secretKey: string;
	/** The private key that signs access tokens, as an app is given it on a hosted project with an imported key. */
	signingJwk: SigningJwk;
	/** The web mailbox, and Postmark's API. */
	mailUrl: string;
	smtpPort: number;
	/** `X-Postmark-Server-Token` of the Postmark API. */
	postmarkToken: string;
	/** Where the database's files really are: in the data folder, or elsewhere when its own user cannot enter that. */
	databaseFolder: string;
	/** Resolves when the database server ends, by `stop` or by itself: then nothing works any more. */
	ended: Promise<void>;
	stop(): Promise<void>;
};

type Parts = {
	gateway?: Gateway;
	server?: PostgresServer;
	authSql?: postgres.Sql;
	mail?: MailService;
	mailer?: Mailer;
	rest?: Rest;
	realtime?: Realtime;
	storage?: Storage;
	functions?: Functions;
	jobs?: Jobs;
};

/** Whatever has been started, in the order in which nothing loses what it stands on. */
async function stopParts({ gateway, realtime, rest, storage, functions, jobs, authSql, mailer, mail, server }: Parts): Promise<void> {
	// Together: the gateway is closed only when no websocket is left, and jobs would go on calling it.
	await Promise.all([gateway?.stop(), realtime?.stop(), jobs?.stop()]);
	await Promise.all([rest?.stop(), storage?.stop(), functions?.stop()]);
	mailer?.close();
	await mail?.stop();
	await authSql?.end({ timeout: 2 });
	await server?.stop();
}

const configFile = fileURLToPath(new URL('../supabase/config.toml', import.meta.url));

/**
 * Starts every part, in the order in which they need each other. Throws a Refusal (with what to do about it) when a port
 * is taken or the data folder is in use, MigrationFailed and its kin when a migration does not fit; then nothing is left running.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
	const { dataDir, migrationsDir, seedFile, durable = true, onStep = () => {} } = options;
	const settings = loadSettings(configFile);
	options.adjust?.(settings);
	const parts: Parts = {};
	const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
		const start = performance.now();
		const result = await work();
		onStep(name, Math.round(performance.now() - start));
		return result;
	};

	try {
		const keys = loadKeys(dataDir);
		const tokens = createTokens(keys.signingJwk, settings.auth.externalUrl || undefined);
		// First, so that a taken port is told before any work is done.
		const gateway = (parts.gateway = await startGateway({ port: options.apiPort, keys, tokens }));
		const apiUrl = `http://127.0.0.1:${gateway.port}`;

		const server = (parts.server = await timed('database', () => startPostgres({ dataDir, port: options.dbPort, durable })));
		await timed('platform schemas', () => prepareDatabase(server));
		if (migrationsDir && existsSync(migrationsDir)) {
			await timed('migrations', () => applyMigrations({ url: server.url(), dir: migrationsDir, onStep }));
		}
		if (seedFile && existsSync(seedFile)) await applySeed({ url: server.url(), file: seedFile, onStep });

		await timed('mail', async () => {
			const { mailPort = 0, smtpPort = 0 } = options;
			parts.mail = await startMail({
				adminUrl: (database) => server.adminUrl(database),
				port: mailPort,
				smtpPort,
				serverToken: keys.postmarkToken
			});
		});
		const { url: mailUrl, smtpPort } = parts.mail ?? { url: '', smtpPort: 0 };
		await timed('services', async () => {
			const { adminEmail, senderName } = settings.mail;
			const own = settings.auth.email.smtp;
			const mailer = (parts.mailer = createMailer({
				email: settings.auth.email,
				from: own ? { address: own.adminEmail, name: own.senderName } : { address: adminEmail, name: senderName },
				smtp: own ?? { host: '127.0.0.1', port: smtpPort }
			}));
			const sql = (parts.authSql = postgres(server.url('postgres', 'supabase_auth_admin'), { max: 8, onnotice: () => {} }));
			const auth = createAuth({ sql, tokens, settings: settings.auth, apiUrl, mailer });
			const rest = (parts.rest = await createRest({
				url: server.url('postgres', 'authenticator'),
				adminUrl: server.adminUrl(),
				...settings.api
			}));
			const realtime = (parts.realtime = createRealtime({
				adminUrl: server.adminUrl(),
				verifyToken: tokens.verifyToken,
				keyRole: (key) => keyRole(key, keys)
			}));
			const storage = (parts.storage = await createStorage({
				url: server.url('postgres', 'supabase_storage_admin'),
				folder: join(dataDir, 'storage'),
				signingSecret: keys.storageSecret,
				fileSizeLimit: settings.storage.fileSizeLimit
			}));
			const { functionsDir, watch = false } = options;
			if (functionsDir && settings.functions.enabled) {
				parts.functions = await createFunctions({
					folder: functionsDir,
					config: (name) => functionSettings(settings.functions, name),
					watch,
					...{ apiUrl, dbUrl: server.url(), publishableKey: keys.publishableKey, secretKey: keys.secretKey },
					verifyToken: tokens.verifyToken,
					keyRole: (key) => keyRole(key, keys)
				});
			}
			gateway.serve({ rest, auth, realtime, storage, ...(parts.functions ? { functions: parts.functions } : {}) });
			parts.jobs = await createJobs({ adminUrl: (database) => server.adminUrl(database), onlyLoopback: true });
		});
		return {
			apiUrl,
			dbUrl: server.url(),
			publishableKey: keys.publishableKey,
			secretKey: keys.secretKey,
			signingJwk: keys.signingJwk,
			mailUrl,
			smtpPort,
			postmarkToken: keys.postmarkToken,
			databaseFolder: server.folder,
			ended: server.exited,
			stop: () => stopParts(parts)
		};
	} catch (error) {
		await stopParts(parts);
		throw error;
	}
}
