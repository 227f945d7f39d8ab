// npm run status: where the running GeminiCRM answers, as JSON on standard output.
import { readRun } from './processes.mjs';

const state = readRun();
if (state) {
	const health = await fetch(`${state.api_url}/health`).then(
		(answer) => answer.ok,
		() => false
	);
	const { pid: _, ...shown } = state;
	console.log(JSON.stringify({ running: health, ...shown }, null, 2));
	process.exitCode = health ? 0 : 1;
} else {
	console.log(JSON.stringify({ running: false }));
	console.error('GeminiCRM does not run. Start it with: npm start');
	process.exitCode = 1;
}
