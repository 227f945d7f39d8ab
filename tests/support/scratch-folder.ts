import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder for a platform's data, and the function that removes it. Others may enter it: under root the database server
 * runs as another user, and would else keep its files in /var/lib, where nobody removes them.
 */
export async function scratchFolder(name: string): Promise<{ path: string; remove: () => Promise<void> }> {
	const path = await mkdtemp(join(tmpdir(), `gemini-crm-${name}-`));
	await chmod(path, 0o755);
	return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
