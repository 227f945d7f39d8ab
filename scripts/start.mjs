// npm start / npm run dev: from a fresh clone to a running GeminiCRM.
import { runMain, SetupError, duration } from './report.mjs';
import { ensureBuilt, ensureInstalled } from './setup.mjs';
import {
	dataDir,
	readRun,
	refuseTakenPort,
	startApp,
	startDevServer,
	startEmbedded,
	superviseUntilStopped,
	supabaseFromEnvironment,
	writeRun
} from './processes.mjs';

const isDev = process.argv.includes('--dev');

await runMain(async () => {
	const started = performance.now();
	const port = Number(process.env.PORT ?? 3000);
	await ensureInstalled();
	const given = supabaseFromEnvironment();
	const running = given ? null : readRun();
	if (running)
		throw new SetupError(
			`GeminiCRM already runs: ${running.app_url}`,
			'Stop it first (Ctrl+C where it runs), or give this one its own ports and EMBEDDED_DIR.'
		);
	await refuseTakenPort('PORT', port);
	if (!isDev) await ensureBuilt();

	const url = `http://localhost:${port}`;
	// Links in letters lead to where the app is served.
	const site = process.env.SUPABASE_AUTH_SITE_URL ?? process.env.ORIGIN ?? url;
	const embedded = given
		? null
		: await startEmbedded({
				env: {
					SUPABASE_AUTH_SITE_URL: site,
					WATCH_FUNCTIONS: isDev ? '1' : '',
					LOG_REQUESTS: process.env.LOG_REQUESTS ?? (isDev ? '1' : ''),
					// Its output is a pipe to this process.
					...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {})
				}
			});
	const info = given ?? embedded?.info;
	if (!info) throw new SetupError('There is no Supabase to talk to.');
	const app = await (isDev ? startDevServer(info, port) : startApp(info, port));
	const parts = [...(embedded ? [{ name: 'embedded platform', child: embedded.child }] : []), { name: 'app', child: app }];

	if (embedded)
		writeRun({
			app_url: url,
			api_url: info.apiUrl,
			db_url: info.dbUrl,
			mail_url: embedded.info.mailUrl,
			smtp_port: embedded.info.smtpPort,
			postmark_token: embedded.info.postmarkToken,
			publishable_key: info.publishableKey,
			secret_key: info.secretKey,
			data_folder: dataDir()
		});
	console.log(`\nGeminiCRM is ready: ${url}   (${duration(performance.now() - started)})\n`);
	if (embedded) {
		console.log('  Sign in as   admin@demo.test · manager@demo.test · sales@demo.test · viewer@demo.test');
		console.log('  Password     demo-password');
		console.log(`  REST         ${info.apiUrl}/rest/v1`);
		console.log(`  Mailbox      ${embedded.info.mailUrl}   all mail that is sent here`);
		console.log(`  Database     ${info.dbUrl}`);
		console.log(`  Data         ${embedded.info.databaseFolder ?? dataDir()}`);
		console.log('  Keys         npm run status\n');
	} else console.log(`  Supabase     ${info.apiUrl}\n`);
	return superviseUntilStopped(parts);
});
