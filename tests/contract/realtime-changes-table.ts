import type { RealtimeChannel, RealtimePostgresChangesPayload } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { eventually, subscribe } from './realtime-clients.ts';

/** A published table of one test file. */
export type NotesTable = { name: string; drop(): Promise<void> };

/**
 * Makes a table whose rows are seen by whom `owner` names; `columns` adds to `id bigint primary key, owner uuid, body text`.
 * Its name is new each time, since a project given by environment keeps what other runs made.
 */
export async function publishNotes(sql: postgres.Sql, columns = ''): Promise<NotesTable> {
	const name = `notes_${randomUUID().slice(0, 8)}`;
	await sql
		.unsafe(
			`create table public.${name} (id bigint primary key, owner uuid, body text${columns});
			alter table public.${name} enable row level security;
			create policy "owners read" on public.${name} for select using (owner = (select auth.uid()));
			grant select on public.${name} to anon, authenticated;
			grant all on public.${name} to service_role;
			alter publication supabase_realtime add table public.${name};`
		)
		.simple();
	return { name, drop: async () => void (await sql.unsafe(`drop table if exists public.${name}`)) };
}

export type Heard = RealtimePostgresChangesPayload<Record<string, unknown>>;

/** What a channel wants to hear of; every change of the table unless said otherwise. */
export type Wanted = { event?: '*' | 'INSERT' | 'UPDATE' | 'DELETE'; schema?: string; table?: string; filter?: string; select?: string[] };

/** Every change that arrives for one binding. */
export function changesOf(channel: RealtimeChannel, { event = '*', schema = 'public', ...wanted }: Wanted): Heard[] {
	const heard: Heard[] = [];
	// The overloads know single events; at run time it is one function.
	channel.on('postgres_changes', { event: event as '*', schema, ...wanted }, (change: Heard) => void heard.push(change));
	return heard;
}

/** Subscribes and waits until the changes are; gives what `postgres_changes` was told in `system` messages, to be watched. */
export async function listen(channel: RealtimeChannel): Promise<string[]> {
	const told: string[] = [];
	channel.on('system', { event: '*' }, ({ extension, status, message }) => {
		if (extension === 'postgres_changes') told.push(`${status} ${message}`);
	});
	await subscribe(channel);
	await eventually(() => told.length).toBeGreaterThan(0);
	return told;
}
