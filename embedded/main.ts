// The embedded platform as a program. Standard output carries one JSON object per line: {"event":"step"} while it
// starts, then {"event":"ready"} with URLs and keys, or {"event":"error"} and exit code 1.
// EMBEDDED_DIR, API_PORT, DB_PORT, MAIL_PORT, SMTP_PORT say where; PROJECT_DIR the folder with `supabase/`, this repository without it;
// SEED_FILE names the rows of a new database (empty for none); LOG_REQUESTS=1 adds a line of text for each request.
import { fstatSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createLineWriter } from './gateway/line-writer.ts';
import { announceLeave, Refusal } from './postgres/index.ts';
import { explain, tell } from './tell.ts';

const root = new URL('../', import.meta.url);
const inRoot = (path: string) => fileURLToPath(new URL(path, root));
const project = process.env.PROJECT_DIR ? pathToFileURL(`${process.env.PROJECT_DIR}/`) : root;
const inProject = (path: string) => fileURLToPath(new URL(path, project));

/** The script that starts this program knows whether its own output is a terminal. */
const inColour = !process.env.NO_COLOR && (process.stdout.isTTY || process.env.FORCE_COLOR === '1');

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
	const dataDir = process.env.EMBEDDED_DIR || inRoot('.embedded');
	// A parent that died reads no more; that it did is told by standard input.
	process.stdout.on('error', () => {});
	const leaving = new AbortController();
	// At once: whoever starts next on this folder waits instead of giving up.
	void stopped.then(() => {
		leaving.abort();
		announceLeave(dataDir);
	});
	// A query whose connection broke and whose answer nobody waits for: worth a line, not the end.
	process.on('unhandledRejection', (reason) => console.error('not waited for:', reason instanceof Error ? reason.message : reason));
	const crashed = new Promise<Error>((resolve) => {
		process.on('uncaughtException', (error) => {
			console.error(error);
			resolve(error);
		});
	});
	// Types are stripped and code is compiled once, not at every start.
	enableCompileCache(inRoot('node_modules/.cache/embedded'));
	const { startPlatform } = await import('./platform.ts');
	const platform = await startPlatform({
		dataDir,
		signal: leaving.signal,
		apiPort: port('API_PORT', 54_321),
		dbPort: port('DB_PORT', 54_322),
		mailPort: port('MAIL_PORT', 54_324),
		smtpPort: port('SMTP_PORT', 54_325),
		configFile: inProject('supabase/config.toml'),
		migrationsDir: inProject('supabase/migrations'),
		functionsDir: inProject('supabase/functions'),
		watch: process.env.WATCH_FUNCTIONS === '1',
		...(process.env.LOG_REQUESTS === '1' ? { requestLog: { write: createLineWriter(process.stdout), colours: inColour } } : {}),
		seedFile: process.env.SEED_FILE ?? inProject('supabase/seed.sql'),
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
		if (error instanceof DOMException && error.name === 'AbortError') process.exit(0);
		tell('error', explain(error, 'start_failed', 'If the message does not tell enough, see server.log in the data folder.'));
		process.exit(1);
	}
);
