// A platform of its own on free ports, for commands that need a migrated database and nobody's data.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './setup.mjs';
import { startEmbedded } from './processes.mjs';

/**
 * @template T
 * @param {(info: import('./processes.mjs').PlatformInfo) => Promise<T>} work
 * @param {Record<string, string>} [env] what is different from a platform of this repository
 * @returns {Promise<T>}
 */
export async function withScratchPlatform(work, env = {}) {
	await ensureInstalled();
	const folder = mkdtempSync(join(tmpdir(), 'gemini-crm-scratch-'));
	// Under root the database runs as another user, who must be able to enter.
	chmodSync(folder, 0o755);
	try {
		const { child, info } = await startEmbedded({
			verbose: false,
			env: {
				EMBEDDED_DIR: folder,
				...{ API_PORT: '0', DB_PORT: '0', MAIL_PORT: '0', SMTP_PORT: '0' },
				// A bench signs in hundreds of times from one address.
				SUPABASE_AUTH_RATE_LIMIT_TOKEN_REFRESH: '100000',
				...env
			}
		});
		try {
			return await work(info);
		} finally {
			const exited = once(child, 'exit');
			child.kill('SIGTERM');
			await exited;
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
