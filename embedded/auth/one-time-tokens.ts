import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { findById } from './users.ts';

/** What a code in a letter is good for; also the column of auth.users that repeats its hash. */
export type TokenKind =
	'confirmation_token' | 'recovery_token' | 'reauthentication_token' | 'email_change_token_new' | 'email_change_token_current';

/** A code and the token that stands for it in links. Only the hash is stored. */
export type OneTimeToken = { code: string; hash: string };

/** The column that says when a letter of a kind was sent. */
const sentAtColumn: Record<TokenKind, string> = {
	confirmation_token: 'confirmation_sent_at',
	recovery_token: 'recovery_sent_at',
	reauthentication_token: 'reauthentication_sent_at',
	email_change_token_new: 'email_change_sent_at',
	email_change_token_current: 'email_change_sent_at'
};

/** Marks tokens whose link must end in a code exchange (PKCE), not in a session in the address bar. */
export const pkcePrefix = 'pkce_';

/** The hash that stands for a code sent to an address (supabase/auth internal/crypto, GenerateTokenHash). */
export function hashOfCode(address: string, code: string): string {
	return createHash('sha224')
		.update(address + code)
		.digest('hex');
}

/** Makes a code of decimal digits for an address; every one is equally likely. */
export function makeToken(address: string, digits: number, isPkce: boolean): OneTimeToken {
	const code = Array.from({ length: digits }, () => randomInt(10)).join('');
	return { code, hash: (isPkce ? pkcePrefix : '') + hashOfCode(address, code) };
}

/** Stores a token in place of the person's former one of its kind, with the time. `address`: where the code is sent. */
export async function storeToken(tx: TransactionSql, userId: string, kind: TokenKind, address: string, hash: string): Promise<void> {
	await tx`
		insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
		values (${randomUUID()}, ${userId}, ${kind}, ${hash}, ${address}, timezone('utc', now()), timezone('utc', now()))
		on conflict (user_id, token_type) do update
			set token_hash = excluded.token_hash, relates_to = excluded.relates_to, created_at = excluded.created_at, updated_at = excluded.updated_at`;
	await tx`
		update auth.users set ${tx(kind)} = ${hash}, ${tx(sentAtColumn[kind])} = now(), updated_at = now() where id = ${userId}`;
}

/** Takes every token of a person back, when one was used or the account changed, and with them a change of address that was not finished. */
export async function clearTokens(tx: TransactionSql, userId: string): Promise<void> {
	await tx`
		update auth.users set
			confirmation_token = '', recovery_token = '', reauthentication_token = '',
			email_change_token_new = '', email_change_token_current = '', email_change = '', email_change_confirm_status = 0
		where id = ${userId}`;
	await tx`delete from auth.one_time_tokens where user_id = ${userId}`;
}

/** Takes back what was begun with a code challenge and not finished: a code from before a change of the account opens no session after it. */
export async function clearFlows(tx: TransactionSql, userId: string): Promise<void> {
	await tx`delete from auth.flow_state where user_id = ${userId}`;
}

/**
 * Uses a token up: of several requests at once one gets it. Whoever throws afterwards gives it back with the transaction. `address`, where known, must be
 * the one the code was sent to. Undefined: there is none, or it is older than `maxAge` seconds.
 */
export async function takeToken(
	tx: TransactionSql,
	kinds: readonly TokenKind[],
	hashes: readonly string[],
	maxAge: number,
	address?: string
): Promise<{ userId: string; kind: TokenKind } | undefined> {
	const wanted = tx`t.token_hash = any(${hashes}) and t.token_type::text = any(${kinds})
		and (${address ?? null}::text is null or t.relates_to = ${address ?? null})`;
	const [owner] = await tx<{ id: string }[]>`select t.user_id as id from auth.one_time_tokens t where ${wanted}`;
	if (!owner) return undefined;
	await findById(tx, owner.id, { lock: true });
	const [taken] = await tx<{ user_id: string; token_type: TokenKind; is_fresh: boolean }[]>`
		delete from auth.one_time_tokens t using auth.users u where u.id = t.user_id and ${wanted}
		returning t.user_id, t.token_type, now() < make_interval(secs => ${maxAge}) + case t.token_type::text
			when 'confirmation_token' then u.confirmation_sent_at
			when 'recovery_token' then u.recovery_sent_at
			when 'reauthentication_token' then u.reauthentication_sent_at
			else u.email_change_sent_at
		end as is_fresh`;
	return taken?.is_fresh ? { userId: taken.user_id, kind: taken.token_type } : undefined;
}
