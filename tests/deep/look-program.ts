import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';
import type { ClusterAddress } from '../support/postgres.ts';
import type { Look } from './suspects.ts';

/** What the program is asked: whether these tests pass against databases made from this template. */
export type Question = { template: string; look: Look };

// Runs files of tests/database again and again, each time against another template. One program for many mutants: to start the test runner and read the
// code takes longer than most of the tests.

const address: ClusterAddress = JSON.parse(process.env.TEST_CLUSTER ?? '');
const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = await createVitest(
	{ root, config: `${root}/vitest.config.ts`, project: ['database'], watch: false, bail: 1, maxWorkers: 1, reporters: [{}] },
	{ logLevel: 'silent' }
);
const database = vitest.getProjectByName('database');

async function passes({ template, look }: Question): Promise<boolean> {
	database.provide('cluster', { ...address, template });
	vitest.resetGlobalTestNamePattern();
	if (look.only) vitest.setGlobalTestNamePattern(look.only);
	const specification = database.createSpecification(`${root}tests/database/${look.file}.test.ts`);
	const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
	// The answer has files of earlier runs as well.
	const asked = testModules.find(({ moduleId }) => specification.moduleId === moduleId);
	return unhandledErrors.length === 0 && asked?.ok() === true;
}

// The first run sets the suite up, and would take the template back.
await vitest.standalone();
const isSound = await passes({ template: address.template, look: { file: 'surface' } });
if (!isSound) throw new Error('the tests fail on a database that is whole');

process.on('message', async (question: Question) => process.send?.(await passes(question)));
process.on('disconnect', () => process.exit());
process.send?.('ready');
