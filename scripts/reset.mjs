// npm run reset: forgets all data of the embedded platform; the next start makes the demo workspace anew.
import { runMain, step } from './report.mjs';
import { refuseWhileRunning, workOnData } from './processes.mjs';
import { ensureInstalled } from './setup.mjs';

await runMain(async () => {
	await ensureInstalled();
	refuseWhileRunning('reset');
	const { forgotten } = await step('data forgotten', () => workOnData(['forget']));
	if (!forgotten) console.log('There was no data to forget.');
});
