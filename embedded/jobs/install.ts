import { readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../postgres/refusal.ts';

const ours = fileURLToPath(new URL('./extensions', import.meta.url));

/** Where the server looks for extensions: one of its own tells (PostgreSQL 17 knows a single place, below its share folder). */
function extensionFolder(postgresProgram: string): string {
	const root = dirname(dirname(postgresProgram));
	for (const share of ['share/postgresql', 'share']) {
		const folder = join(root, share, 'extension');
		if (statSync(join(folder, 'plpgsql.control'), { throwIfNoEntry: false })) return folder;
	}
	throw new Refusal(
		'extension_folder_missing',
		`The extensions of the PostgreSQL at ${postgresProgram} are not where they are expected.`,
		'Reinstall with npm install.'
	);
}

function holds(file: string, content: string): boolean {
	try {
		return readFileSync(file, 'utf8') === content;
	} catch {
		return false;
	}
}

/**
 * Puts the stand-ins for pg_cron, pg_net and supabase_vault where the server at `postgresProgram` finds them. Repeatable, and safe while
 * other servers use the same folder: a file is replaced whole, and only when it differs. Throws a Refusal when it may not be written.
 */
export function installExtensions(postgresProgram: string): void {
	const folder = extensionFolder(postgresProgram);
	// A control file comes last: where it is, its script is.
	const files = readdirSync(ours).sort((a, b) => Number(a.endsWith('.control')) - Number(b.endsWith('.control')));
	for (const file of files) {
		const content = readFileSync(join(ours, file), 'utf8');
		const place = join(folder, file);
		if (holds(place, content)) continue;
		const partial = `${place}.${process.pid}`;
		try {
			writeFileSync(partial, content, { mode: 0o644 });
			renameSync(partial, place);
		} catch (cause) {
			rmSync(partial, { force: true, recursive: true });
			throw new Refusal(
				'extension_folder_readonly',
				`${file} cannot be written to ${folder}: pg_cron, pg_net and supabase_vault would be missing.`,
				'Make the folder writable for this user, or start once as a user who may write to it.',
				{ cause }
			);
		}
	}
}
