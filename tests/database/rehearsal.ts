import type { Row, Sql, TransactionSql } from 'postgres';
import type { Caller } from './database.ts';

/** What a rehearsed statement did: its rows or the error, and what was to be seen afterwards. */
export type Rehearsed = { rows: Row[] | null; error: { code: string; hint: string; message: string } | null; seen: Row[] };

/**
 * Lets a test rehearse statements in one round trip each: thousands of cells in seconds. The function becomes the caller, runs the statement, looks
 * as the owner of the database, and undoes all of it.
 */
export async function prepareRehearsals(sql: Sql): Promise<void> {
	await sql.unsafe(`
		create schema if not exists testing;
		grant usage on schema testing to authenticated, anon;
		create or replace function testing.rehearse(claims jsonb, headers jsonb, statement text, look text) returns jsonb
		language plpgsql set search_path = ''
		as $rehearse$
		declare
			answer jsonb;
			refusal jsonb;
			seen jsonb := '[]';
			hint text;
		begin
			begin
				perform set_config('request.jwt.claims', claims::text, true), set_config('request.headers', headers::text, true),
					set_config('role', claims ->> 'role', true);
				begin
					if headers ? 'x-view-as' then
						perform private.check_request();
					end if;
					execute 'with q as (' || statement || ') select coalesce(jsonb_agg(to_jsonb(q)), ''[]'') from q' into answer;
				exception when others then
					get stacked diagnostics hint = pg_exception_hint;
					refusal := jsonb_build_object('code', sqlstate, 'hint', hint, 'message', sqlerrm);
				end;
				perform set_config('role', 'none', true);
				if look <> '' then
					execute 'select coalesce(jsonb_agg(to_jsonb(q)), ''[]'') from (' || look || ') q' into seen;
				end if;
				raise exception 'undone' using errcode = 'ZZ999';
			exception when sqlstate 'ZZ999' then
				null;
			end;
			return jsonb_build_object('rows', answer, 'error', refusal, 'seen', seen);
		end
		$rehearse$`);
}

/** Rehearses one statement as the caller. `look` is a query that the database's owner asks afterwards. */
export async function rehearse(
	sql: Sql | TransactionSql,
	caller: Caller,
	statement: string,
	look = '',
	headers: Record<string, string> = {}
): Promise<Rehearsed> {
	const claims = caller === null ? { role: 'anon' } : { role: 'authenticated', ...(typeof caller === 'string' ? { sub: caller } : caller) };
	const [row] = await sql<{ answer: Rehearsed }[]>`
		select testing.rehearse(${sql.json(claims)}, ${sql.json(headers)}, ${statement}, ${look}) as answer`;
	if (!row) throw new Error('no answer');
	return row.answer;
}

/**
 * Whether a rehearsed write was done. A blocked one is an error of missing rights or an answer without rows, and leaves no trace: anything in between
 * throws.
 */
export function wasDone({ rows, error, seen }: Rehearsed, trace: (seen: Row[]) => boolean): boolean {
	const left = trace(seen);
	if (error) {
		if (error.code !== '42501' || left) throw new Error(`${error.code} ${error.message}${left ? ', and yet it was done' : ''}`);
		return false;
	}
	const answered = (rows ?? []).length > 0;
	if (answered !== left) throw new Error(answered ? 'answered as if done, and was not' : 'answered as if not done, and was');
	return answered;
}
