// npm run reset: forgets all data of the embedded platform; the next start makes the demo workspace anew.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, SetupError, step } from './report.mjs';
import { dataDir, readRun } from './processes.mjs';
import { ensureInstalled, node24, root } from './setup.mjs';

/** Where the database may have put its files: beside the rest, or elsewhere when its own user cannot enter there. @param {string} folder @returns {string[]} */
function serverFolders(folder) {
	const ask = `import { serverFolders } from './embedded/postgres/index.ts'; console.log(JSON.stringify(serverFolders(process.argv[1])))`;
	const answer = spawnSync(node24, ['--input-type=module', '-e', ask, folder], { cwd: root, encoding: 'utf8' });
	if (answer.status !== 0) throw new SetupError(`The database's folder could not be found: ${answer.stderr}`);
	return JSON.parse(answer.stdout);
}

await runMain(async () => {
	await ensureInstalled();
	const running = readRun();
	if (running)
		throw new SetupError(`GeminiCRM runs: ${running.app_url}`, 'Stop it first (Ctrl+C where it runs), then run npm run reset again.');
	const folder = dataDir();
	if (!existsSync(folder) || readdirSync(folder).length === 0) return void console.log('There is no data to forget.');
	// EMBEDDED_DIR may name any folder: only one that the platform made is ever deleted.
	if (!existsSync(join(folder, 'keys.json')))
		throw new SetupError(`${folder} does not look like a data folder of GeminiCRM; nothing was deleted.`, 'Check EMBEDDED_DIR.');
	await step('data forgotten', () => {
		for (const path of [...serverFolders(folder), folder]) rmSync(path, { recursive: true, force: true });
	});
});
