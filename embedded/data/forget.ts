import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { claimDataFolder, Refusal, serverFolders, stopLeftover } from '../postgres/index.ts';
import { removeBeside } from './swap.ts';

/**
 * Deletes a data folder with everything in it, and what of the database is elsewhere. Gives false when there is nothing to delete.
 * Throws a Refusal while a platform uses it, or when it is no data folder of a platform: any folder may have been named.
 */
export async function forgetData(dataDir: string): Promise<boolean> {
	if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return false;
	if (!existsSync(join(dataDir, 'keys.json'))) {
		throw new Refusal(
			'foreign_folder',
			`${dataDir} does not look like a data folder of GeminiCRM; nothing was deleted.`,
			'Check EMBEDDED_DIR.'
		);
	}
	const { folder } = await claimDataFolder(dataDir);
	// Of a platform that was killed.
	await stopLeftover(join(folder, 'cluster'));
	await removeBeside(dataDir);
	for (const folder of [...serverFolders(dataDir), dataDir]) rmSync(folder, { recursive: true, force: true });
	return true;
}
