import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { finishRestoreIn } from './data/swap.ts';
import { createTokens, startGateway, type Gateway, type GatewayOptions } from './gateway/index.ts';
import { loadKeys, type SigningJwk } from './keys.ts';
import { applyMigrations, applySeed } from './migrate/index.ts';
import { announceLeave, claimDataFolder, prepareDatabase, startPostgres, type Claim, type PostgresServer } from './postgres/index.ts';
import type { Services } from './services.ts';
import { loadSettings, type Settings } from './settings/index.ts';

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
	/** The project's `supabase/config.toml`; this repository's without it. */
	configFile?: string;
	/** Edge functions follow their files. */
	watch?: boolean;
	/** What differs from `supabase/config.toml`: for tests of settings that a project has only one of. */
	adjust?: (settings: Settings) => void;
	/** Told of each request to the API, in a line; nobody without it. */
	requestLog?: GatewayOptions['requestLog'];
	/** Told of each step of the start and how long it took. */
	onStep?: (name: string, ms: number) => void;
	/** Aborted when nobody wants the platform any more: a start under way then rejects with its reason, leaving nothing. */
	signal?: AbortSignal;
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

type Parts = { claim?: Claim; gateway?: Gateway; server?: PostgresServer };

/** Whatever has been started, in the order in which nothing loses what it stands on. */
async function stopParts(
	{ realtime, jobs, rest, storage, functions, mailer, mail, authSql }: Services,
	{ gateway, server }: Parts
): Promise<void> {
	// Together: the gateway is closed only when no websocket is left, and jobs would go on calling it.
	await Promise.all([gateway?.stop(), realtime?.stop(), jobs?.stop()]);
	await Promise.all([rest?.stop(), storage?.stop(), functions?.stop()]);
	mailer?.close();
	await mail?.stop();
	await authSql?.end({ timeout: 2 });
	await server?.stop();
}

const ownConfigFile = fileURLToPath(new URL('../supabase/config.toml', import.meta.url));

/**
 * Starts every part, in the order in which they need each other. Throws a Refusal (with what to do about it) when a port
 * is taken or the data folder is in use, MigrationFailed and its kin when a migration does not fit; then nothing is left running.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
	const { dataDir, migrationsDir, seedFile, configFile = ownConfigFile, durable = true, onStep = () => {} } = options;
	const settings = loadSettings(configFile);
	options.adjust?.(settings);
	const parts: Parts = {};
	const services: Services = {};
	// Loaded while the database starts, which takes another core for about as long.
	const loading = import('./services.ts');
	loading.catch(() => {});
	const stop = async () => {
		announceLeave(dataDir);
		await stopParts(services, parts);
		// Last: whoever waits for the folder finds every port free.
		parts.claim?.release();
	};
	const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
		options.signal?.throwIfAborted();
		const start = performance.now();
		const result = await work();
		onStep(name, Math.round(performance.now() - start));
		return result;
	};

	try {
		const claim = (parts.claim = await claimDataFolder(dataDir));
		await finishRestoreIn(dataDir, claim);
		const keys = loadKeys(dataDir);
		const tokens = createTokens(keys.signingJwk, settings.auth.externalUrl || undefined);
		// Before the rest, so that a taken port is told before any work is done.
		const gateway = (parts.gateway = await startGateway({
			port: options.apiPort,
			keys,
			tokens,
			...(options.requestLog ? { requestLog: options.requestLog } : {})
		}));

		const server = (parts.server = await timed('database', () =>
			startPostgres({ dataDir, claim, port: options.dbPort, durable, ...(options.signal ? { signal: options.signal } : {}) })
		));
		const { startMailService, startServices } = await loading;
		const foundation = { ...options, server, gateway, keys, tokens, settings };
		const schemas = async () => {
			await timed('platform schemas', () => prepareDatabase(server));
			if (migrationsDir && existsSync(migrationsDir)) {
				await timed('migrations', () => applyMigrations({ url: server.url(), dir: migrationsDir, onStep }));
			}
			if (seedFile && existsSync(seedFile)) await applySeed({ url: server.url(), file: seedFile, onStep });
		};
		// Whichever fails, the other has settled before anything is stopped.
		const [prepared, mailed] = await Promise.allSettled([schemas(), timed('mail', () => startMailService(foundation, options, services))]);
		if (prepared.status === 'rejected') throw prepared.reason;
		if (mailed.status === 'rejected') throw mailed.reason;
		const mail = mailed.value;
		await timed('services', () => startServices(foundation, mail.smtpPort, services));
		return {
			apiUrl: `http://127.0.0.1:${gateway.port}`,
			dbUrl: server.url(),
			publishableKey: keys.publishableKey,
			secretKey: keys.secretKey,
			signingJwk: keys.signingJwk,
			mailUrl: mail.url,
			smtpPort: mail.smtpPort,
			postmarkToken: keys.postmarkToken,
			databaseFolder: server.folder,
			ended: server.exited,
			stop
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
