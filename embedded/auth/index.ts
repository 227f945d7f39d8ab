import type { Sql } from 'postgres';
import type { Caller } from '../gateway/caller.ts';
import type { Tokens } from '../gateway/jwt.ts';
import type { AuthSettings } from '../settings/index.ts';
import type { AuthContext } from './context.ts';
import { asAuthError } from './database-errors.ts';
import { AuthError, errorResponse } from './errors.ts';
import { createHooks } from './hooks.ts';
import { createLimits } from './limits.ts';
import type { Mailer } from './mailer.ts';
import { readRequest } from './request.ts';
import { routes } from './routes.ts';
import { Turns } from './turns.ts';

export { createMailer, type Mailer } from './mailer.ts';

/** What the service is made of. */
export type AuthOptions = {
	/** Connected as supabase_auth_admin; the caller ends it. */
	sql: Sql;
	tokens: Tokens;
	settings: AuthSettings;
	/** The gateway's URL without a path. */
	apiUrl: string;
	/** The caller closes it. */
	mailer: Mailer;
};

/** A GoTrue-compatible service under /auth/v1. */
export type Auth = {
	/** Answers a request. `caller` is what the API key stands for; bearer tokens are checked inside. */
	fetch(request: Request, caller: Caller): Promise<Response>;
};

/** Makes the service. Everything is in the `auth` schema but the counters of its rate limits. */
export function createAuth({ sql, tokens, settings, apiUrl, mailer }: AuthOptions): Auth {
	const letterTurns = new Turns(4);
	const auth: AuthContext = {
		sql,
		tokens,
		settings,
		externalUrl: settings.externalUrl || `${apiUrl}/auth/v1`,
		mailer,
		limits: createLimits(settings.rateLimit, settings.email.maxFrequency),
		hooks: createHooks(sql, settings.hooks),
		// `begin` unwraps promises in what it gives, which its type cannot know to be the same here.
		mailing: (work) =>
			letterTurns.take(async () => {
				let result: { value: Awaited<ReturnType<typeof work>> } | undefined;
				await sql.begin(async (tx) => {
					result = { value: await work(tx) };
				});
				if (!result) throw new Error('a transaction ended without its result');
				return result.value;
			})
	};
	return {
		async fetch(request, caller) {
			const path = new URL(request.url).pathname.replace(/^\/auth\/v1/, '').replace(/(.)\/$/, '$1');
			const route = routes.find((known) => known.method === request.method && known.path.test(path));
			try {
				if (!route) throw new AuthError(404, 'unknown', `The embedded platform has no ${request.method} /auth/v1${path}`);
				const [, ...ids] = route.path.exec(path) ?? [];
				const read = await readRequest(request, caller);
				if (route.limit) auth.limits.request(route.limit, read.ip);
				return await route.answer(auth, read, ids);
			} catch (error) {
				return errorResponse(asAuthError(error, route?.failure ?? ''), request);
			}
		}
	};
}
