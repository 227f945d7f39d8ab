import { readdir } from 'node:fs/promises';
import postgres, { type Sql } from 'postgres';
import { Refusal } from '../postgres/index.ts';
import type { ArchiveWriter } from './archive.ts';

/** What a server makes anew when it starts: such folders are copied empty, such files not at all (PostgreSQL docs, "Making a Base Backup Using the Low Level API"). */
const emptied = new Set(['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans']);
const left = /^(postmaster\.(pid|opts)|backup_label|tablespace_map|pg_internal\.init.*|pgsql_tmp.*)$/;
/** Copied when all else is: it says how far the rest is. */
const last = 'global/pg_control';

/** Copies the files of a cluster as they are, while the server writes to them. They fit together with the WAL from `pg_backup_start` to `pg_backup_stop`. */
async function copyCluster(cluster: string, archive: ArchiveWriter, prefix: string): Promise<void> {
	const copyFolder = async (folder: string): Promise<void> => {
		const entries = await readdir(`${cluster}/${folder}`, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
			// A database that was dropped since: the WAL says so too.
			if (error.code === 'ENOENT') return [];
			throw error;
		});
		for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
			const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
			if (left.test(entry.name) || name === last) continue;
			if (entry.isDirectory()) {
				await archive.folder(`${prefix}/${name}`);
				if (!emptied.has(name)) await copyFolder(name);
			} else if (entry.isFile()) await archive.copy(`${prefix}/${name}`, `${cluster}/${name}`);
			else
				throw new Refusal(
					'tablespaces',
					`The database has files elsewhere (${name}); they cannot be dumped.`,
					'Drop its tablespaces first.'
				);
		}
	};
	await copyFolder('');
	await archive.copy(`${prefix}/${last}`, `${cluster}/${last}`);
}

/** The state of the database at the end of a backup, and what is needed to reach it. */
type Backup = { label: string; walFiles: string[] };

/**
 * Copies a running cluster into the archive below `prefix`. `atTheEnd` is called for the moment whose state is kept: it calls `end` once, holding still
 * whatever must agree with the database while it does.
 */
export async function backUpCluster(
	{ adminUrl, cluster }: { adminUrl: string; cluster: string },
	archive: ArchiveWriter,
	prefix: string,
	atTheEnd: (end: () => Promise<void>) => Promise<void>
): Promise<void> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {}, connection: { statement_timeout: 0, application_name: 'dump' } });
	try {
		// While this connection lives, the server keeps the WAL from here on.
		await sql`select pg_create_physical_replication_slot(${`dump_${process.pid}`}, true, true)`;
		const [start] = await sql<{ lsn: string }[]>`select pg_backup_start('GeminiCRM dump', true) as lsn`;
		await copyCluster(cluster, archive, prefix);
		let backup: Backup | undefined;
		await atTheEnd(async () => {
			backup = await endBackup(sql, start?.lsn ?? '');
		});
		if (!backup) throw new Error('The backup was not ended.');
		for (const file of backup.walFiles) {
			if (await archive.copy(`${prefix}/pg_wal/${file}`, `${cluster}/pg_wal/${file}`)) continue;
			throw new Refusal(
				'wal_gone',
				'So much was written during the dump that the server no longer keeps all of it.',
				'Try again when less is written.'
			);
		}
		await archive.text(`${prefix}/backup_label`, backup.label);
	} finally {
		await sql.end({ timeout: 5 });
	}
}

async function endBackup(sql: Sql, startLsn: string): Promise<Backup> {
	const [end] = await sql<{ label: string; walFiles: string[] }[]>`
		with stop as materialized (select * from pg_backup_stop(false)),
			segment as (select pg_size_bytes(setting || unit) as size from pg_settings where name = 'wal_segment_size')
		select stop.labelfile as label, array(
			select distinct pg_walfile_name(least(${startLsn}::pg_lsn + step * segment.size, stop.lsn))
			from segment, generate_series(0, ((stop.lsn - ${startLsn}::pg_lsn) / segment.size)::int + 1) as step
			order by 1
		) as "walFiles"
		from stop`;
	if (!end) throw new Error('The server did not say how the backup ended.');
	return end;
}
