// npm run test:outside -- <checkout>: the embedded platform under somebody else's app. Takes a checkout of marmelab/atomic-crm, applies its migrations as
// they are, and does through supabase-js what that app does (tests/outside). One line a check; ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runMain, SetupError } from './report.mjs';
import { withScratchPlatform } from './scratch.mjs';
import { node24, root, toolEnv } from './setup.mjs';

/** What its config.toml asks for and the embedded platform refuses rather than ignores: what stands there, and what instead. */
const notHere = [
	{ name: 'the app as an OAuth server', from: /(\[auth\.oauth_server\]\s*enabled = )true/, to: '$1false' },
	{ name: 'signing keys of its own', from: /^signing_keys_path = .*$/m, to: '' }
];

/** @param {string} checkout @param {string} folder */
function copyProject(checkout, folder) {
	cpSync(join(checkout, 'supabase'), join(folder, 'supabase'), { recursive: true });
	// Its functions find our packages: nothing is fetched.
	symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
	const file = join(folder, 'supabase', 'config.toml');
	let config = readFileSync(file, 'utf8');
	for (const { name, from, to } of notHere) {
		if (!from.test(config)) continue;
		config = config.replace(from, to);
		console.log(`– its config.toml asks for ${name}: left out, as the embedded platform has none`);
	}
	writeFileSync(file, config);
}

await runMain(async () => {
	const checkout = resolve(process.argv[2] ?? '');
	if (!process.argv[2] || !existsSync(join(checkout, 'supabase', 'migrations')))
		throw new SetupError(
			'No checkout of the outside app is named.',
			'git clone --depth 1 https://github.com/marmelab/atomic-crm, then: npm run test:outside -- <its path>'
		);
	const folder = mkdtempSync(join(tmpdir(), 'gemini-crm-outside-'));
	chmodSync(folder, 0o755);
	try {
		copyProject(checkout, folder);
		return await withScratchPlatform(
			async (info) => {
				// What a developer writes there after `supabase start` has printed it.
				const secrets = `\nSB_JWT_ISSUER=${info.apiUrl}/auth/v1\nSB_PUBLISHABLE_KEY=${info.publishableKey}\n`;
				appendFileSync(join(folder, 'supabase', 'functions', '.env'), secrets);
				const child = spawn(node24, [join(root, 'tests', 'outside', 'main.ts')], {
					cwd: root,
					stdio: ['ignore', 'inherit', 'inherit'],
					env: {
						...toolEnv(),
						CHECKOUT: checkout,
						SUPABASE_URL: info.apiUrl,
						SUPABASE_PUBLISHABLE_KEY: info.publishableKey,
						SUPABASE_DB_URL: info.dbUrl,
						MAIL_URL: info.mailUrl ?? ''
					}
				});
				const [code] = await once(child, 'exit');
				return code ?? 1;
			},
			{ PROJECT_DIR: folder }
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
