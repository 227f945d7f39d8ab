// npm run reset: forgets all data of the embedded platform; the next start makes the demo workspace anew.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, SetupError, step } from './report.mjs';
import { dataDir, readRun } from './processes.mjs';

await runMain(async () => {
	const running = readRun();
	if (running)
		throw new SetupError(`GeminiCRM runs: ${running.app_url}`, 'Stop it first (Ctrl+C where it runs), then run npm run reset again.');
	const folder = dataDir();
	if (!existsSync(folder) || readdirSync(folder).length === 0) return void console.log('There is no data to forget.');
	// EMBEDDED_DIR may name any folder: only one that the platform made is ever deleted.
	if (!existsSync(join(folder, 'keys.json')))
		throw new SetupError(`${folder} does not look like a data folder of GeminiCRM; nothing was deleted.`, 'Check EMBEDDED_DIR.');
	await step('data forgotten', () => rmSync(folder, { recursive: true, force: true }));
});
