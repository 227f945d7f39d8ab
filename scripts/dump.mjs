// npm run dump [file]: all data of the embedded platform in one file, whether it runs or not. The file holds keys and secrets.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { runMain, SetupError, step } from './report.mjs';
import { supabaseFromEnvironment, workOnData } from './processes.mjs';
import { ensureInstalled } from './setup.mjs';

await runMain(async () => {
	await ensureInstalled();
	if (supabaseFromEnvironment())
		throw new SetupError(
			'npm run dump is for the embedded platform.',
			'For a Supabase project: npx supabase db dump --db-url "$SUPABASE_DB_URL"'
		);
	const moment = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
	// npm runs scripts in the project's folder; a name is meant from where the command was given.
	const file = resolve(process.env.INIT_CWD ?? '.', process.argv[2] ?? `gemini-crm-${moment}.dump.tar.gz`);
	const { files, missing } = await step('data dumped', () => workOnData(['dump', file]));
	console.log(`\n${file}  (${(statSync(file).size / 2 ** 20).toFixed(1)} MB, ${files} stored files)`);
	console.log('It holds all rows, files, keys and secrets: keep it as you keep a password.');
	if (missing) console.warn(`${missing} rows name stored files that were lost before; they are in the dump as they are.`);
});
