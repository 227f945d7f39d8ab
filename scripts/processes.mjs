// Starts the parts of a running GeminiCRM as children that end when this process ends, however it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { duration, printStep, SetupError } from './report.mjs';
import { node24, root, toolEnv } from './setup.mjs';

/** @typedef {{ apiUrl: string, dbUrl: string, publishableKey: string, secretKey: string, signingJwk?: object, mailUrl?: string, smtpPort?: number, postmarkToken?: string, databaseFolder?: string }} PlatformInfo */
/** @typedef {import('node:child_process').ChildProcess} Child */

export const dataDir = () => resolve(root, process.env.EMBEDDED_DIR ?? '.embedded');
const runFile = () => join(dataDir(), 'run.json');

/** The Supabase named by the environment, or null where the embedded one serves. */
export function supabaseFromEnvironment() {
	const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY } = process.env;
	if (!SUPABASE_URL) return null;
	if (!SUPABASE_PUBLISHABLE_KEY || !SUPABASE_SECRET_KEY)
		throw new SetupError(
			'SUPABASE_URL is set, but not both keys.',
			'Set SUPABASE_PUBLISHABLE_KEY and SUPABASE_SECRET_KEY too (Project settings → API keys).'
		);
	return {
		apiUrl: SUPABASE_URL,
		publishableKey: SUPABASE_PUBLISHABLE_KEY,
		secretKey: SUPABASE_SECRET_KEY,
		dbUrl: process.env.SUPABASE_DB_URL ?? ''
	};
}

/**
 * @param {number} port
 * @returns {Promise<boolean>} whether something on this machine already answers there
 */
export const isTaken = (port) =>
	new Promise((done) => {
		const socket = connect({ port, host: '127.0.0.1' });
		socket.once('connect', () => (socket.destroy(), done(true)));
		socket.once('error', () => done(false));
	});

/** @param {string} variable @param {number} port */
export async function refuseTakenPort(variable, port) {
	if (await isTaken(port))
		throw new SetupError(
			`Port ${port} is already in use.`,
			`If GeminiCRM already runs, use it or stop it; otherwise choose another port: ${variable}=${port + 100} npm start`
		);
}

/**
 * Follows a program of `embedded/` that tells one JSON object per line: steps are printed while it goes on, other lines as they are.
 * @param {Child} child whose standard output is a pipe
 * @param {string} event what to wait for
 * @param {{ verbose?: boolean, otherwise: string }} options `otherwise`: what is said when it ends without a word
 * @returns {Promise<Record<string, unknown>>} what the event tells
 * @throws {SetupError} with the program's own message and fix
 */
function untilEvent(child, event, { verbose = true, otherwise }) {
	const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) });
	return new Promise((done, fail) => {
		lines.on('line', (line) => {
			let message;
			try {
				message = JSON.parse(line);
			} catch {
				return void console.log(line);
			}
			if (message.event === 'step' && verbose) printStep(message.name, message.ms);
			else if (message.event === 'error') fail(new SetupError(message.message, message.fix));
			else if (message.event === event) done(message);
		});
		// When all it said has been read.
		child.once('close', (code) => fail(new SetupError(`${otherwise} (exit code ${code}).`)));
		child.once('error', fail);
	});
}

/**
 * Does one thing with the data folder as a whole.
 * @param {string[]} command as embedded/data/main.ts takes it
 * @returns {Promise<Record<string, unknown>>} what it tells at its end
 * @throws {SetupError} with its own message and fix
 */
export async function workOnData(command) {
	const child = spawn(node24, [join(root, 'embedded', 'data', 'main.ts'), ...command], {
		cwd: root,
		env: { ...toolEnv(), EMBEDDED_DIR: dataDir() },
		stdio: ['ignore', 'pipe', 'inherit']
	});
	const facts = await untilEvent(child, 'done', { otherwise: 'It stopped before it was done' });
	// Its database has ended too by then.
	if (child.exitCode === null) await once(child, 'exit');
	return facts;
}

/**
 * Starts the embedded platform and waits until it is ready.
 * @param {{ verbose?: boolean, env?: Record<string, string> }} [options]
 * @returns {Promise<{ child: Child, info: PlatformInfo }>}
 * @throws {SetupError} with the platform's own message and fix
 */
export async function startEmbedded({ verbose = true, env = {} } = {}) {
	// Its standard input is a pipe: when this process dies, even by SIGKILL, the pipe ends and the platform stops itself.
	const child = spawn(node24, [join(root, 'embedded', 'main.ts')], {
		cwd: root,
		env: { ...toolEnv(), NODE_ENV: '', EMBEDDED_DIR: dataDir(), ...env },
		stdio: ['pipe', 'pipe', 'inherit'],
		// A terminal's Ctrl+C must reach this process alone, which then stops its children in order.
		detached: process.platform !== 'win32'
	});
	const info = await untilEvent(child, 'ready', { verbose, otherwise: 'The embedded platform stopped before it was ready' });
	return { child, info: /** @type {PlatformInfo} */ (info) };
}

/**
 * The environment with which the app finds a Supabase.
 * @param {PlatformInfo} info @param {number} port
 */
export const appEnv = (info, port) => ({
	SUPABASE_URL: info.apiUrl,
	SUPABASE_PUBLISHABLE_KEY: info.publishableKey,
	SUPABASE_SECRET_KEY: info.secretKey,
	...(info.signingJwk ? { SUPABASE_SIGNING_JWK: JSON.stringify(info.signingJwk) } : {}),
	...(info.postmarkToken ? { POSTMARK_SERVER_TOKEN: info.postmarkToken, POSTMARK_API_URL: info.mailUrl } : {}),
	HOST: process.env.HOST ?? '127.0.0.1',
	PORT: String(port),
	ORIGIN: process.env.ORIGIN ?? `http://localhost:${port}`,
	BODY_SIZE_LIMIT: process.env.BODY_SIZE_LIMIT ?? '2M',
	SHUTDOWN_TIMEOUT: process.env.SHUTDOWN_TIMEOUT ?? '5'
});

/**
 * Starts the built app and waits until it answers.
 * @param {PlatformInfo} info @param {number} port
 * @returns {Promise<Child>}
 */
export async function startApp(info, port) {
	const child = spawn(node24, [join(root, 'scripts', 'serve.mjs')], {
		cwd: root,
		env: { ...toolEnv(), ...appEnv(info, port), NODE_ENV: 'production' },
		stdio: ['pipe', 'inherit', 'inherit'],
		detached: process.platform !== 'win32'
	});
	await untilAnswering(child, port);
	return child;
}

/**
 * Starts Vite's development server in place of the built app.
 * @param {PlatformInfo} info @param {number} port
 * @returns {Promise<Child>}
 */
export async function startDevServer(info, port) {
	const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
	const child = spawn(node24, [vite, 'dev', '--port', String(port), '--strictPort'], {
		cwd: root,
		env: { ...toolEnv(), ...appEnv(info, port) },
		stdio: ['pipe', 'inherit', 'inherit'],
		detached: process.platform !== 'win32'
	});
	await untilAnswering(child, port);
	return child;
}

/** @param {Child} child @param {number} port */
async function untilAnswering(child, port) {
	const deadline = Date.now() + 60_000;
	while (!(await isTaken(port))) {
		if (child.exitCode !== null)
			throw new SetupError(`The app stopped while starting (exit code ${child.exitCode}); its message is above.`);
		if (Date.now() > deadline) throw new SetupError('The app did not answer within a minute.');
		await new Promise((next) => setTimeout(next, 25));
	}
}

/** @param {Child | undefined} child */
async function stop(child) {
	if (!child || child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, 'exit');
	child.kill('SIGTERM');
	const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
	await exited;
	clearTimeout(timer);
}

/**
 * Keeps this process until it is told to stop or a part ends, then stops all parts: the app first, the database last.
 * @param {{ name: string, child: Child }[]} parts in the order in which they started
 * @returns {Promise<number>} exit code
 */
export async function superviseUntilStopped(parts) {
	const ended = parts.map(({ name, child }) =>
		once(child, 'exit').then(([code, signal]) => ({ name, how: signal ?? `exit code ${code}` }))
	);
	const signalled = new Promise((done) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => done(null));
	});
	const cause = await Promise.race([signalled, ...ended]);
	if (cause)
		console.error(
			`\n✗ The ${cause.name} ended (${cause.how}); stopping the rest. Run the command again: it recovers by itself, no saved data is lost.`
		);
	const started = performance.now();
	for (const { child } of parts.toReversed()) await stop(child);
	clearRun();
	if (!cause) console.log(`\nStopped in ${duration(performance.now() - started)}. Your data is kept.`);
	return cause ? 1 : 0;
}

/** @param {object} state what `npm run status` prints */
export function writeRun(state) {
	mkdirSync(dataDir(), { recursive: true });
	writeFileSync(runFile(), JSON.stringify({ pid: process.pid, ...state }, null, 2), { mode: 0o600 });
}

export const clearRun = () => rmSync(runFile(), { force: true });

/** Refuses what needs the data for itself while GeminiCRM runs. @param {string} command */
export function refuseWhileRunning(command) {
	const running = readRun();
	if (running)
		throw new SetupError(`GeminiCRM runs: ${running.app_url}`, `Stop it first (Ctrl+C where it runs), then run npm run ${command} again.`);
}

/** The state of the running GeminiCRM, or null. A file left by a killed process does not count. */
export function readRun() {
	if (!existsSync(runFile())) return null;
	try {
		const state = JSON.parse(readFileSync(runFile(), 'utf8'));
		process.kill(state.pid, 0);
		return state;
	} catch {
		return null;
	}
}
