// npm run bench [-- part …]: prints every figure of tests/bench as JSON, measured on a platform and an app of its own.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { runMain } from './report.mjs';
import { startApp } from './processes.mjs';
import { withScratchPlatform } from './scratch.mjs';
import { ensureBuilt, ensureInstalled, node24, root, toolEnv } from './setup.mjs';

/** @returns {Promise<number>} */
async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	return typeof address === 'object' && address ? address.port : 0;
}

await runMain(async () => {
	await ensureInstalled();
	await ensureBuilt();
	const chromium = await ensureChromium();
	return withScratchPlatform(async (info) => {
		const port = await freePort();
		const app = await startApp(info, port);
		try {
			const result = spawnSync(node24, [join(root, 'tests', 'bench', 'main.ts'), ...process.argv.slice(2)], {
				cwd: root,
				stdio: ['ignore', 'inherit', 'inherit'],
				env: {
					...toolEnv(),
					BASE_URL: `http://localhost:${port}`,
					SUPABASE_URL: info.apiUrl,
					SUPABASE_PUBLISHABLE_KEY: info.publishableKey,
					SUPABASE_SECRET_KEY: info.secretKey,
					SUPABASE_DB_URL: info.dbUrl,
					CHROMIUM_PATH: chromium
				}
			});
			return result.status ?? 1;
		} finally {
			const exited = once(app, 'exit');
			app.kill('SIGTERM');
			await exited;
		}
	});
});
