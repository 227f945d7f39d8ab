import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../support/postgres.ts';
import { equivalents } from './equivalents.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import type { Question } from './look-program.ts';
import { looksFor } from './suspects.ts';

// Is a broken policy noticed? Each policy, grant, trigger and check of the database is weakened in turn, and the tests that could notice are run against
// it. MUTANTS narrows by a pattern on their description, EVERY takes each n-th only.

const pattern = new RegExp(process.env.MUTANTS ?? '');
const every = Number(process.env.EVERY ?? 1);
/** How many of a hundred mutants have to be noticed. */
const enough = 95;

let cluster: TestCluster;
let all: Mutant[];
let mutants: Mutant[];

const isEquivalent = ({ text }: Mutant) => equivalents.some(({ mutant }) => mutant.test(text));

beforeAll(async () => {
	cluster = await startTestCluster();
	const sql = postgres(cluster.server.url(cluster.address.template), { max: 1, onnotice: () => {} });
	all = await mutantsOf(sql);
	mutants = all.filter((mutant) => pattern.test(mutant.text) && !isEquivalent(mutant)).filter((_, index) => index % every === 0);
	await sql.end();
});
afterAll(() => cluster.stop());

/** Answers whether tests pass against a template, one question at a time. */
type Looker = { passes(question: Question): Promise<boolean>; stop(): void };

async function startLooker(): Promise<Looker> {
	const program = fork(fileURLToPath(new URL('./look-program.ts', import.meta.url)), {
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
		env: { ...process.env, TEST_CLUSTER: JSON.stringify(cluster.address) }
	});
	const gone = once(program, 'exit').then(() => {
		throw new Error('the program that looks has ended');
	});
	gone.catch(() => {});
	const told = async (): Promise<unknown> => {
		const [message] = await Promise.race([once(program, 'message'), gone]);
		return message;
	};
	await told();
	return {
		async passes(question) {
			const answer = told();
			program.send(question);
			return (await answer) === true;
		},
		stop: () => program.disconnect()
	};
}

/** Makes the mutant and looks for somebody who notices it; null when there is no such mutant. */
async function isNoticed(mutant: Mutant, name: string, looker: Looker): Promise<boolean | null> {
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
		for (const look of looksFor(mutant)) if (!(await looker.passes({ template: name, look }))) return true;
		return false;
	} finally {
		await admin.unsafe(`drop database if exists ${name} with (force)`);
		await admin.end();
	}
}

test('every mutant that is left out as equivalent exists', () => {
	expect(equivalents.filter(({ mutant }) => !all.some(({ text }) => mutant.test(text)))).toEqual([]);
	console.log(`${all.filter(isEquivalent).length} of ${all.length} mutants change nothing and are left out`);
});

test(
	`of a hundred weakened databases, at least ${enough} are noticed`,
	async () => {
		const survivors: string[] = [];
		let noticed = 0;
		const waiting = mutants.map((mutant, index) => ({ mutant, name: `mutant_${index}` }));
		const work = async () => {
			const looker = await startLooker();
			for (let next = waiting.shift(); next; next = waiting.shift()) {
				const answer = await isNoticed(next.mutant, next.name, looker);
				if (answer === true) noticed++;
				if (waiting.length % 20 === 0) console.log(`${waiting.length} to go`);
				if (answer === false) {
					survivors.push(next.mutant.text);
					console.log(`not noticed: ${next.mutant.text}`);
				}
			}
			looker.stop();
		};
		await Promise.all(Array.from({ length: availableParallelism() }, work));
		const tried = noticed + survivors.length;
		console.log(`${noticed} of ${tried} noticed; not noticed:\n${survivors.map((text) => `- ${text}`).join('\n')}`);
		expect(tried).toBeGreaterThan(0);
		expect((noticed / tried) * 100).toBeGreaterThanOrEqual(enough);
	},
	6 * 3_600_000
);
