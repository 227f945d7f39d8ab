import { join } from 'node:path';
import postgres from 'postgres';
import { createAuth, createMailer, type Mailer } from './auth/index.ts';
import { createFunctions, type Functions } from './functions/index.ts';
import { keyRole, type Gateway, type Tokens } from './gateway/index.ts';
import { createJobs, type Jobs } from './jobs/index.ts';
import type { PlatformKeys } from './keys.ts';
import { startMail, type MailService } from './mail/index.ts';
import type { PostgresServer } from './postgres/index.ts';
import { createRealtime, type Realtime } from './realtime/index.ts';
import { createRest, type Rest } from './rest/index.ts';
import { functionSettings, type Settings } from './settings/index.ts';
import { createStorage, type Storage } from './storage/index.ts';

/** What the services stand on. */
export type Foundation = {
	server: PostgresServer;
	gateway: Gateway;
	keys: PlatformKeys;
	tokens: Tokens;
	settings: Settings;
	dataDir: string;
	functionsDir?: string;
	watch?: boolean;
};

/** The services that have been started so far. */
export type Services = {
	authSql?: postgres.Sql;
	mail?: MailService;
	mailer?: Mailer;
	rest?: Rest;
	realtime?: Realtime;
	storage?: Storage;
	functions?: Functions;
	jobs?: Jobs;
};

/** Starts the mail service, which has a database of its own and waits for no migration. */
export async function startMailService(
	{ server, keys }: Foundation,
	{ mailPort = 0, smtpPort = 0 }: { mailPort?: number; smtpPort?: number },
	services: Services
): Promise<MailService> {
	return (services.mail = await startMail({
		adminUrl: (database) => server.adminUrl(database),
		port: mailPort,
		smtpPort,
		serverToken: keys.postmarkToken
	}));
}

/**
 * Starts everything behind the gateway on a migrated database, side by side, and opens the gateway. `services` holds what runs even when one
 * of them fails; then that error is thrown when the others have settled.
 */
export async function startServices(foundation: Foundation, smtpPort: number, services: Services): Promise<void> {
	const { server, gateway, keys, tokens, settings, dataDir, functionsDir, watch = false } = foundation;
	const apiUrl = `http://127.0.0.1:${gateway.port}`;
	const { adminEmail, senderName } = settings.mail;
	const own = settings.auth.email.smtp;
	const roleOf = (key: string) => keyRole(key, keys);

	const mailer = (services.mailer = createMailer({
		email: settings.auth.email,
		from: own ? { address: own.adminEmail, name: own.senderName } : { address: adminEmail, name: senderName },
		smtp: own ?? { host: '127.0.0.1', port: smtpPort }
	}));
	const sql = (services.authSql = postgres(server.url('postgres', 'supabase_auth_admin'), { max: 8, onnotice: () => {} }));
	const auth = createAuth({ sql, tokens, settings: settings.auth, apiUrl, mailer });
	const realtime = (services.realtime = createRealtime({
		adminUrl: server.adminUrl(),
		verifyToken: tokens.verifyToken,
		keyRole: roleOf
	}));
	const starting = [
		createRest({ url: server.url('postgres', 'authenticator'), adminUrl: server.adminUrl(), ...settings.api }).then((rest) => {
			services.rest = rest;
		}),
		createStorage({
			url: server.url('postgres', 'supabase_storage_admin'),
			folder: join(dataDir, 'storage'),
			signingSecret: keys.storageSecret,
			fileSizeLimit: settings.storage.fileSizeLimit
		}).then((storage) => {
			services.storage = storage;
		}),
		functionsDir && settings.functions.enabled
			? createFunctions({
					folder: functionsDir,
					config: (name) => functionSettings(settings.functions, name),
					watch,
					...{ apiUrl, dbUrl: server.url(), publishableKey: keys.publishableKey, secretKey: keys.secretKey },
					verifyToken: tokens.verifyToken,
					keyRole: roleOf
				}).then((functions) => {
					services.functions = functions;
				})
			: undefined
	];
	for (const settled of await Promise.allSettled(starting)) if (settled.status === 'rejected') throw settled.reason;
	const { rest, storage, functions } = services;
	if (rest && storage) gateway.serve({ rest, auth, realtime, storage, ...(functions ? { functions } : {}) });
	// Last: jobs call the gateway.
	services.jobs = await createJobs({ adminUrl: (database) => server.adminUrl(database), onlyLoopback: true });
}
