import { randomUUID } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import type { AuthSettings, Hook } from '../settings/types.ts';
import { AuthError } from './errors.ts';
import { isFields, type AuthRequest, type Fields } from './request.ts';

/** Functions of the project's database that Auth asks before it acts. Where none is set, nothing is asked. */
export type Hooks = {
	/**
	 * The claims of an access token as `custom_access_token` wants them. Runs inside the transaction that opens or refreshes the session.
	 * Throws what the function refuses with, or 500 when it fails, takes over 2 s, or takes away a claim that Supabase needs.
	 */
	accessToken(tx: TransactionSql, request: AuthRequest, userId: string, claims: Fields, method: string): Promise<Fields>;
	/** Asks `before_user_created` about a person who is about to be stored. Throws what it refuses with. */
	beforeUserCreated(request: AuthRequest, user: Fields): Promise<void>;
};

/** Claims without which Supabase's services and clients do not work (supabase/auth internal/tokens, MinimumViableTokenSchema). */
const neededClaims: Record<string, (value: unknown) => boolean> = {
	aud: (value) => typeof value === 'string' || Array.isArray(value),
	exp: Number.isInteger,
	iat: Number.isInteger,
	sub: (value) => typeof value === 'string',
	email: (value) => typeof value === 'string',
	phone: (value) => typeof value === 'string',
	role: (value) => typeof value === 'string',
	aal: (value) => typeof value === 'string',
	session_id: (value) => typeof value === 'string',
	is_anonymous: (value) => typeof value === 'boolean'
};

const failed = (hook: Hook, cause?: unknown) => new AuthError(500, 'unexpected_failure', `Error running hook URI: ${hook.uri}`, { cause });

/** A hook refuses by `{error: {http_code, message}}` (supabase/auth internal/hooks/hookserrors). */
function throwRefusal(output: unknown): void {
	const error = isFields(output) ? output.error : undefined;
	if (!isFields(error) || typeof error.message !== 'string' || error.message === '') return;
	const status = typeof error.http_code === 'number' && error.http_code >= 400 && error.http_code < 600 ? error.http_code : 500;
	throw new AuthError(status, status === 500 ? 'unexpected_failure' : 'unknown', error.message);
}

async function run(tx: TransactionSql, hook: Hook, input: Fields): Promise<unknown> {
	let output: unknown;
	try {
		// A function that never ends must not hold a sign-in and its locks: GoTrue allows two seconds.
		await tx`select set_config('statement_timeout', '2000', true)`;
		[{ output } = { output: null }] = await tx<{ output: unknown }[]>`
			select ${tx(hook.schema)}.${tx(hook.function)}(${JSON.stringify(input)}::text::jsonb) as output`;
		await tx`set local statement_timeout to default`;
	} catch (error) {
		console.error(`auth: hook ${hook.uri}:`, error instanceof Error ? error.message : error);
		throw failed(hook, error);
	}
	throwRefusal(output);
	return output;
}

const metadata = (name: string, request: AuthRequest): Fields => ({
	uuid: randomUUID(),
	time: new Date(),
	name,
	ip_address: request.ip ?? ''
});

/** The hooks that the settings name. */
export function createHooks(sql: Sql, { customAccessToken, beforeUserCreated }: AuthSettings['hooks']): Hooks {
	return {
		async accessToken(tx, request, userId, claims, method) {
			if (!customAccessToken) return claims;
			const output = await run(tx, customAccessToken, {
				metadata: metadata('customize-access-token', request),
				user_id: userId,
				claims,
				authentication_method: method
			});
			const custom = isFields(output) ? output.claims : undefined;
			if (!isFields(custom)) throw failed(customAccessToken);
			const missing = Object.entries(neededClaims).filter(([name, fits]) => !fits(custom[name]));
			if (missing.length > 0) {
				const names = missing.map(([name]) => name).join(', ');
				throw new AuthError(500, 'unexpected_failure', `output claims do not conform to the expected schema: ${names}`);
			}
			return custom;
		},

		async beforeUserCreated(request, user) {
			if (!beforeUserCreated) return;
			await sql.begin((tx) => run(tx, beforeUserCreated, { metadata: metadata('before-user-created', request), user }));
		}
	};
}
