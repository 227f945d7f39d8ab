// What is done with a data folder as a whole, as a program: `dump <file>`, `restore <file> [--force]`, `forget`. EMBEDDED_DIR names the folder.
// Standard output carries one JSON object per line: {"event":"step"}, then {"event":"done"}, or {"event":"error"} and exit code 1.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explain, tell } from '../tell.ts';
import { dumpData, forgetData, restoreData } from './index.ts';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const [command, file = '', ...flags] = process.argv.slice(2);
const dataDir = resolve(process.env.EMBEDDED_DIR || inRoot('.embedded'));

async function run(): Promise<object> {
	const onStep = (name: string, ms: number) => tell('step', { name, ms });
	switch (command) {
		case 'dump':
			return dumpData({ dataDir, file });
		case 'restore':
			await restoreData({ dataDir, file, force: flags.includes('--force'), migrationsDir: inRoot('supabase/migrations'), onStep });
			return {};
		case 'forget':
			return { forgotten: await forgetData(dataDir) };
		default:
			throw new Error(`There is no command ${command}.`);
	}
}

run().then(
	(facts) => tell('done', facts),
	(error: unknown) => {
		tell('error', explain(error, 'failed', 'Nothing was changed.'));
		process.exitCode = 1;
	}
);
