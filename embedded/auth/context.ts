import type { Sql, TransactionSql } from 'postgres';
import type { Tokens } from '../gateway/jwt.ts';
import type { AuthSettings } from '../settings/types.ts';
import type { Hooks } from './hooks.ts';
import type { Limits } from './limits.ts';
import type { Mailer } from './mailer.ts';

/** What every part of the service works with. */
export type AuthContext = {
	/** Connected as supabase_auth_admin. */
	sql: Sql;
	tokens: Tokens;
	settings: AuthSettings;
	/** Where Auth is reached, `<api>/auth/v1`: the `iss` of tokens and the base of links in letters. */
	externalUrl: string;
	mailer: Mailer;
	limits: Limits;
	hooks: Hooks;
	/**
	 * A transaction in which a letter is sent. Fewer at a time than there are connections: a slow mail server must not hold up those who want no letter.
	 */
	mailing: <T>(work: (tx: TransactionSql) => Promise<T>) => Promise<T>;
};
