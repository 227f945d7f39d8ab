// npm test / npm run test:deep: lint, types, unit, database, contract and browser tests; ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { duration, runMain } from './report.mjs';
import { ensureBuilt, ensureInstalled, node24, root, toolEnv } from './setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const results = mkdtempSync(join(tmpdir(), 'gemini-crm-results-'));
const isDeep = process.argv.includes('--deep');

/**
 * Runs a program of this clone with Node 24; its output is shown when it ends, whole, so that parallel steps do not mix.
 * @param {string} name @param {string[]} args @param {Record<string, string>} [env]
 * @returns {Promise<boolean>} whether it succeeded
 */
function run(name, args, env = {}) {
	const started = performance.now();
	const child = spawn(node24, args, {
		cwd: root,
		env: { ...toolEnv(), NO_COLOR: '1', ...env },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	let output = '';
	child.stdout.on('data', (chunk) => (output += chunk));
	child.stderr.on('data', (chunk) => (output += chunk));
	return new Promise((done) => {
		child.on('close', (code) => {
			console.log(`${code === 0 ? '✓' : '✗'} ${name} (${duration(performance.now() - started)})`);
			if (code !== 0 || process.env.VERBOSE) console.log(output.trimEnd());
			done(code === 0);
		});
	});
}

/** @param {string} name @param {string[]} args @returns {Promise<Counts>} one check that passes or fails as a whole */
const check = async (name, args) => ((await run(name, args)) ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });

/** @param {string} name @returns {string} */
const bin = (name) => join(root, 'node_modules', name);

/** A suite whose report cannot be read, or that ran nothing, counts as one failure: silence is not success. @param {boolean} ok @param {() => Counts} read @returns {Counts} */
function counted(ok, read) {
	try {
		const counts = read();
		if (!ok && counts.failed === 0) counts.failed = 1;
		if (counts.passed + counts.failed === 0) counts.failed = 1;
		return counts;
	} catch {
		return { passed: 0, failed: 1, skipped: 0 };
	}
}

/** @param {string} project @returns {Promise<Counts>} */
async function vitest(project) {
	const file = join(results, `${project}.json`);
	const ok = await run(`${project} tests`, [
		bin('vitest/vitest.mjs'),
		'run',
		'--project',
		project,
		'--reporter=default',
		'--reporter=json',
		`--outputFile.json=${file}`
	]);
	return counted(ok, () => {
		const report = JSON.parse(readFileSync(file, 'utf8'));
		return {
			passed: report.numPassedTests,
			failed: report.numFailedTests,
			skipped: report.numPendingTests + report.numTodoTests
		};
	});
}

/** @param {string[]} [args] @param {Record<string, string>} [env] @returns {Promise<Counts>} */
async function e2e(args = [], env = {}) {
	const file = join(results, 'e2e.json');
	const ok = await run('browser tests', [bin('@playwright/test/cli.js'), 'test', '--reporter=list,json', ...args], {
		PLAYWRIGHT_JSON_OUTPUT_FILE: file,
		CHROMIUM_PATH: await ensureChromium(),
		...env
	});
	return counted(ok, () => {
		const { stats } = JSON.parse(readFileSync(file, 'utf8'));
		return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
	});
}

/** Slow and exhaustive: what every day looks at in part. @returns {Promise<Counts[]>} */
async function deep() {
	await ensureBuilt();
	return [await vitest('deep'), await e2e(['accessibility'], { DEEP: '1' })];
}

/** @returns {Promise<Counts[]>} */
async function everyDay() {
	await ensureBuilt();
	// The types that SvelteKit writes for its routes; every other check reads them.
	await run('types of routes written', [bin('@sveltejs/kit/svelte-kit.js'), 'sync']);
	const statics = async () => [
		await check('lint', [bin('eslint/bin/eslint.js'), '.']),
		await check('format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']),
		await check('types of the app', [
			bin('svelte-check/bin/svelte-check'),
			'--tsconfig',
			'./tsconfig.json',
			'--threshold',
			'warning',
			'--fail-on-warnings'
		]),
		await check('types of platform and tests', [bin('typescript/bin/tsc'), '-p', 'tsconfig.node.json'])
	];
	const suites = async () => [await vitest('unit'), await vitest('database'), await vitest('contract')];
	const [first, second] = await Promise.all([statics(), suites()]);
	// Alone on the machine: what the browser tests wait for is time.
	return [...first, ...second, await e2e()];
}

await runMain(async () => {
	const started = performance.now();
	try {
		await ensureInstalled();
		await ensureChromium();
		const counts = await (isDeep ? deep() : everyDay());
		const total = counts.reduce(
			(sum, one) => ({
				passed: sum.passed + one.passed,
				failed: sum.failed + one.failed,
				skipped: sum.skipped + one.skipped
			}),
			{ passed: 0, failed: 0, skipped: 0 }
		);
		console.log(`\nin ${duration(performance.now() - started)}`);
		console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
		return total.failed === 0 ? 0 : 1;
	} finally {
		rmSync(results, { recursive: true, force: true });
	}
});
