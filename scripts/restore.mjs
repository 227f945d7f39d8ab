// npm run restore <file> [-- --force]: makes the data of the embedded platform what it was when the file was dumped.
import { resolve } from 'node:path';
import { runMain, SetupError } from './report.mjs';
import { refuseWhileRunning, workOnData } from './processes.mjs';
import { ensureInstalled } from './setup.mjs';

await runMain(async () => {
	const [file, ...flags] = process.argv.slice(2).toSorted((one, other) => Number(one === '--force') - Number(other === '--force'));
	if (!file || file === '--force') throw new SetupError('Which dump?', 'npm run restore <file>');
	await ensureInstalled();
	refuseWhileRunning('restore');
	await workOnData(['restore', resolve(process.env.INIT_CWD ?? '.', file), ...flags]);
	console.log('\nRestored. Start it with: npm start');
});
