import type { Sql } from 'postgres';
import type { Tokens } from '../gateway/jwt.ts';
import type { AuthSettings } from '../settings.ts';

/** What every part of the service works with. */
export type AuthContext = {
	/** Connected as supabase_auth_admin. */
	sql: Sql;
	tokens: Tokens;
	settings: AuthSettings;
	/** The `iss` of tokens: `<api>/auth/v1`. */
	issuer: string;
};
