// npm run test:given: the contract tests against a Supabase named by the environment (tests/contract/README.md), as they are run against a hosted project.
// With none named, against an embedded platform in a process of its own, of which they know no more than of any other: so the way stays open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { supabaseFromEnvironment } from './processes.mjs';
import { runMain } from './report.mjs';
import { withScratchPlatform } from './scratch.mjs';
import { ensureInstalled, node24, root, toolEnv } from './setup.mjs';

/** This project and the functions that the tests call, side by side. @param {string} folder */
function makeProject(folder) {
	const tested = join(root, 'tests', 'contract', 'project', 'supabase');
	cpSync(join(root, 'supabase'), join(folder, 'supabase'), { recursive: true });
	cpSync(join(tested, 'functions'), join(folder, 'supabase', 'functions'), { recursive: true });
	const sections = readFileSync(join(tested, 'config.toml'), 'utf8').match(/^\[functions[^]*/m)?.[0] ?? '';
	appendFileSync(join(folder, 'supabase', 'config.toml'), `\n${sections}`);
	symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
}

/**
 * @param {Record<string, string>} project how it is reached
 * @returns {Promise<number>} exit code
 */
async function contractTests(project) {
	const vitest = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'contract', ...process.argv.slice(2)];
	const child = spawn(node24, vitest, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...toolEnv(), ...project } });
	const [code] = await once(child, 'exit');
	return code ?? 1;
}

await runMain(async () => {
	await ensureInstalled();
	if (supabaseFromEnvironment()) return contractTests({});
	const folder = mkdtempSync(join(tmpdir(), 'gemini-crm-given-'));
	chmodSync(folder, 0o755);
	try {
		makeProject(folder);
		return await withScratchPlatform(
			(info) =>
				contractTests({
					SUPABASE_URL: info.apiUrl,
					SUPABASE_PUBLISHABLE_KEY: info.publishableKey,
					SUPABASE_SECRET_KEY: info.secretKey,
					SUPABASE_DB_URL: info.dbUrl,
					SUPABASE_SIGNING_JWK: JSON.stringify(info.signingJwk)
				}),
			{
				PROJECT_DIR: folder,
				SUPABASE_AUTH_RATE_LIMIT_TOKEN_REFRESH: '1000000',
				SUPABASE_AUTH_RATE_LIMIT_SIGN_IN_SIGN_UPS: '1000000',
				SUPABASE_AUTH_RATE_LIMIT_TOKEN_VERIFICATIONS: '1000000',
				SUPABASE_AUTH_EMAIL_MAX_FREQUENCY: '0s'
			}
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
