import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../support/postgres.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { looksFor, type Look } from './suspects.ts';

// Is a broken policy noticed? Each policy, grant, trigger and check of the database is weakened in turn, and the tests that could notice are run against
// it. MUTANTS narrows by a pattern on their description, EVERY takes each n-th only.

const pattern = new RegExp(process.env.MUTANTS ?? '');
const every = Number(process.env.EVERY ?? 1);
/** How many of a hundred mutants have to be noticed. */
const enough = 95;

let cluster: TestCluster;
let mutants: Mutant[];

beforeAll(async () => {
	cluster = await startTestCluster();
	const sql = postgres(cluster.server.url(cluster.address.template), { max: 1, onnotice: () => {} });
	mutants = (await mutantsOf(sql)).filter(({ text }) => pattern.test(text)).filter((_, index) => index % every === 0);
	await sql.end();
});
afterAll(() => cluster.stop());

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether the tests pass against a database whose template is this one. */
function passes(template: string, { files, only }: Look): Promise<boolean> {
	const run = spawn(
		process.execPath,
		[
			'node_modules/vitest/vitest.mjs',
			'run',
			'--project',
			'database',
			'--bail',
			'1',
			'--maxWorkers',
			'1',
			...(only ? ['-t', only] : []),
			...files.map((file) => `tests/database/${file}.test.ts`)
		],
		{ cwd: root, stdio: 'ignore', env: { ...process.env, TEST_CLUSTER: JSON.stringify({ ...cluster.address, template }) } }
	);
	return new Promise((done) => run.on('close', (code) => done(code === 0)));
}

/** Makes the mutant and looks for somebody who notices it; null when there is no such mutant. */
async function isNoticed(mutant: Mutant, name: string): Promise<boolean | null> {
	const admin = postgres(cluster.address.adminUrl, { max: 1, onnotice: () => {} });
	try {
		await admin.unsafe(`create database ${name} template ${cluster.address.template} owner postgres`);
		const sql = postgres(cluster.server.url(name), { max: 1, onnotice: () => {} });
		try {
			await sql.unsafe(mutant.sql);
		} catch (error) {
			// A condition left out can make nonsense, which is no mutant.
			if (error instanceof postgres.PostgresError) return null;
			throw error;
		} finally {
			await sql.end();
		}
		for (const look of looksFor(mutant)) if (!(await passes(name, look))) return true;
		return false;
	} finally {
		await admin.unsafe(`drop database if exists ${name} with (force)`);
		await admin.end();
	}
}

test(
	`of a hundred weakened databases, at least ${enough} are noticed`,
	async () => {
		const survivors: string[] = [];
		let noticed = 0;
		const waiting = mutants.map((mutant, index) => ({ mutant, name: `mutant_${index}` }));
		const work = async () => {
			for (let next = waiting.shift(); next; next = waiting.shift()) {
				const answer = await isNoticed(next.mutant, next.name);
				if (answer === true) noticed++;
				if (waiting.length % 20 === 0) console.log(`${waiting.length} to go`);
				if (answer === false) {
					survivors.push(next.mutant.text);
					console.log(`not noticed: ${next.mutant.text}`);
				}
			}
		};
		await Promise.all(Array.from({ length: availableParallelism() }, work));
		const tried = noticed + survivors.length;
		console.log(`${noticed} of ${tried} noticed; not noticed:\n${survivors.map((text) => `- ${text}`).join('\n')}`);
		expect(tried).toBeGreaterThan(0);
		expect((noticed / tried) * 100).toBeGreaterThanOrEqual(enough);
	},
	6 * 3_600_000
);
