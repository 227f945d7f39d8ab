// The embedded platform as a program. Standard output carries one JSON object per line: {"event":"step"} while it
// starts, then {"event":"ready"} with URLs and keys, or {"event":"error"} and exit code 1.
// EMBEDDED_DIR, API_PORT, DB_PORT, MAIL_PORT, SMTP_PORT say where; SEED_FILE names the rows of a new database (empty for none).
import { fstatSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPlatform } from './platform.ts';
import { Refusal } from './postgres/index.ts';

const root = new URL('../', import.meta.url);
const inRoot = (path: string) => fileURLToPath(new URL(path, root));

function tell(event: string, facts: object): void {
	process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
}

function port(variable: string, fallback: number): number {
	const text = process.env[variable] || String(fallback);
	const number = Number(text);
	if (Number.isInteger(number) && number >= 0 && number < 65_536) return number;
	throw new Refusal('bad_port', `${variable}=${text} is not a port.`, `Set ${variable} to a number from 0 (any free port) to 65535.`);
}

/** Resolves when this process should end: a signal, or the end of standard input if that is a pipe from its parent. */
function toldToStop(): Promise<void> {
	return new Promise((resolve) => {
		for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
		const input = fstatSync(0, { throwIfNoEntry: false });
		// Node gives children a socket where a shell gives a pipe. A terminal or /dev/null says nothing about the parent.
		if (input?.isFIFO() || input?.isSocket())
			process.stdin
				.on('end', resolve)
				.on('error', () => resolve())
				.resume();
	});
}

function explain(error: unknown): { code: string; message: string; fix: string } {
	if (error instanceof Refusal) return { code: error.code, message: error.message, fix: error.fix };
	const message = error instanceof Error ? error.message : String(error);
	return { code: 'start_failed', message, fix: 'If the message does not tell enough, see server.log in the data folder.' };
}

/** Why the platform ends without having been told to; null when it was. */
type Ending = { code: string; message: string } | null;

async function main(): Promise<number> {
	if (process.env.NODE_ENV === 'production') {
		throw new Refusal(
			'production',
			'The embedded platform is for development and tests, not for production.',
			'Set SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and SUPABASE_SECRET_KEY of a Supabase project.'
		);
	}
	const stopped = toldToStop();
	// A query whose connection broke and whose answer nobody waits for: worth a line, not the end.
	process.on('unhandledRejection', (reason) => console.error('not waited for:', reason instanceof Error ? reason.message : reason));
	const crashed = new Promise<Error>((resolve) => {
		process.on('uncaughtException', (error) => {
			console.error(error);
			resolve(error);
		});
	});
	const platform = await startPlatform({
		dataDir: process.env.EMBEDDED_DIR || inRoot('.embedded'),
		apiPort: port('API_PORT', 54_321),
		dbPort: port('DB_PORT', 54_322),
		mailPort: port('MAIL_PORT', 54_324),
		smtpPort: port('SMTP_PORT', 54_325),
		migrationsDir: inRoot('supabase/migrations'),
		functionsDir: inRoot('supabase/functions'),
		watch: process.env.WATCH_FUNCTIONS === '1',
		seedFile: process.env.SEED_FILE ?? inRoot('supabase/seed.sql'),
		onStep: (name, ms) => tell('step', { name, ms })
	});
	const { apiUrl, dbUrl, mailUrl, smtpPort, publishableKey, secretKey, postmarkToken, signingJwk, databaseFolder } = platform;
	tell('ready', { apiUrl, dbUrl, mailUrl, smtpPort, publishableKey, secretKey, postmarkToken, signingJwk, databaseFolder });

	const ends: Promise<Ending>[] = [
		stopped.then(() => null),
		platform.ended.then(() => ({ code: 'database_ended', message: 'The database server ended by itself.' })),
		// When the database ends, its clients may fail first: it has the first word.
		crashed.then((error) => setTimeout(500, { code: 'crashed', message: error.message }))
	];
	const ending = await Promise.race(ends);
	await platform.stop();
	if (!ending) return 0;
	tell('error', { ...ending, fix: 'Start again: it recovers, and no saved row is lost.' });
	return 1;
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		tell('error', explain(error));
		process.exit(1);
	}
);
