// npm run status: where the running GeminiCRM answers, as JSON on standard output.
import { readRun } from './processes.mjs';

const state = readRun();
if (state) {
	const health = await fetch(`${state.api_url}/health`).then(
		(answer) => answer.ok,
		() => false
	);
	const { app_url, api_url, db_url, mail_url, publishable_key, secret_key } = state;
	console.log(JSON.stringify({ running: health, app_url, api_url, db_url, mail_url, publishable_key, secret_key }, null, 2));
	process.exitCode = health ? 0 : 1;
} else {
	console.log(JSON.stringify({ running: false }));
	console.error('GeminiCRM does not run. Start it with: npm start');
	process.exitCode = 1;
}
