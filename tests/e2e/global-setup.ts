import { createServer } from 'node:net';
import { startApp, startEmbedded } from '../../scripts/processes.mjs';
import { scratchFolder } from '../support/scratch-folder.ts';

const freePort = () =>
	new Promise<number>((done, fail) => {
		const server = createServer();
		server.once('error', fail);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => (typeof address === 'object' && address ? done(address.port) : fail(new Error('no port'))));
		});
	});

/** Starts an embedded platform with the demo workspace and the built app, both on free ports; tests find them in process.env. */
export default async function globalSetup(): Promise<() => Promise<void>> {
	const folder = await scratchFolder('e2e');
	const port = await freePort();
	const { child, info } = await startEmbedded({
		verbose: false,
		env: {
			EMBEDDED_DIR: folder.path,
			...{ API_PORT: '0', DB_PORT: '0', MAIL_PORT: '0', SMTP_PORT: '0' },
			// Every browser of these tests comes from this machine: what the limits do has contract tests.
			SUPABASE_AUTH_RATE_LIMIT_SIGN_IN_SIGN_UPS: '100000',
			SUPABASE_AUTH_RATE_LIMIT_TOKEN_REFRESH: '100000',
			SUPABASE_AUTH_SITE_URL: `http://localhost:${port}`
		}
	});
	const app = await startApp(info, port);
	process.env.BASE_URL = `http://localhost:${port}`;
	process.env.SUPABASE_URL = info.apiUrl;
	process.env.SUPABASE_PUBLISHABLE_KEY = info.publishableKey;
	process.env.SUPABASE_SECRET_KEY = info.secretKey;
	process.env.SUPABASE_DB_URL = info.dbUrl;
	process.env.MAIL_URL = info.mailUrl;
	process.env.SMTP_PORT = String(info.smtpPort);
	return async () => {
		for (const part of [app, child]) {
			const exited = new Promise((done) => part.once('exit', done));
			part.kill('SIGTERM');
			await exited;
		}
		await folder.remove();
	};
}
