import type { Sql } from 'postgres';
import type { Caller } from '../gateway/caller.ts';
import type { Tokens } from '../gateway/jwt.ts';
import type { AuthSettings } from '../settings.ts';
import { grantToken, showUser, signOut, signUp, updateUser } from './account.ts';
import { createUser, deleteUser, showAnyUser, showUsers, updateAnyUser } from './admin.ts';
import type { AuthContext } from './context.ts';
import { asAuthError } from './database-errors.ts';
import { AuthError, errorResponse } from './errors.ts';
import { readRequest, type AuthRequest, type Fields } from './request.ts';
import { requireAdmin } from './session-guard.ts';

/** What the service is made of. */
export type AuthOptions = {
	/** Connected as supabase_auth_admin; the caller ends it. */
	sql: Sql;
	tokens: Tokens;
	settings: AuthSettings;
	/** The gateway's URL without a path. */
	apiUrl: string;
};

/** A GoTrue-compatible service under /auth/v1. */
export type Auth = {
	/** Answers a request. `caller` is what the API key stands for; bearer tokens are checked inside. */
	fetch(request: Request, caller: Caller): Promise<Response>;
};

type Route = {
	method: string;
	path: RegExp;
	/** GoTrue's sentence for a database failure here. */
	failure: string;
	answer: (auth: AuthContext, request: AuthRequest, id: string) => Promise<Response>;
};

const ok = (body: Fields) => Response.json(body);

/** Limits a handler to the holder of the secret key, before it looks at anything else. */
function forAdmins(answer: Route['answer']): Route['answer'] {
	return async (auth, request, id) => {
		await requireAdmin(auth, request);
		return answer(auth, request, id);
	};
}

const userPath = /^\/admin\/users\/([^/]+)$/;

const routes: Route[] = [
	{ method: 'GET', path: /^\/health$/, failure: '', answer: async () => ok(health) },
	{ method: 'GET', path: /^\/settings$/, failure: '', answer: async (auth) => ok(publicSettings(auth.settings)) },
	{
		method: 'GET',
		path: /^\/\.well-known\/jwks\.json$/,
		failure: '',
		answer: async ({ tokens }) => Response.json(tokens.jwks, { headers: { 'cache-control': 'public, max-age=600' } })
	},
	{
		method: 'POST',
		path: /^\/signup$/,
		failure: 'Database error saving new user',
		answer: async (auth, request) => ok(await signUp(auth, request))
	},
	{
		method: 'POST',
		path: /^\/token$/,
		failure: 'Database error granting user',
		answer: async (auth, request) => ok(await grantToken(auth, request))
	},
	{
		method: 'POST',
		path: /^\/logout$/,
		failure: 'Error logging out user',
		answer: async (auth, request) => {
			await signOut(auth, request);
			return new Response(null, { status: 204 });
		}
	},
	{
		method: 'GET',
		path: /^\/user$/,
		failure: 'Database error loading user',
		answer: async (auth, request) => ok(await showUser(auth, request))
	},
	{
		method: 'PUT',
		path: /^\/user$/,
		failure: 'Error updating user',
		answer: async (auth, request) => ok(await updateUser(auth, request))
	},
	{ method: 'GET', path: /^\/admin\/users$/, failure: 'Database error finding users', answer: forAdmins(showUsers) },
	{
		method: 'POST',
		path: /^\/admin\/users$/,
		failure: 'Database error creating new user',
		answer: forAdmins(async (auth, request) => ok(await createUser(auth, request)))
	},
	{
		method: 'GET',
		path: userPath,
		failure: 'Database error loading user',
		answer: forAdmins(async (auth, _request, id) => ok(await showAnyUser(auth, id)))
	},
	{
		method: 'PUT',
		path: userPath,
		failure: 'Error updating user',
		answer: forAdmins(async (auth, request, id) => ok(await updateAnyUser(auth, request, id)))
	},
	{
		method: 'DELETE',
		path: userPath,
		failure: 'Database error deleting user',
		answer: forAdmins(async (auth, request, id) => ok(await deleteUser(auth, request, id)))
	}
];

const health: Fields = { version: 'embedded', name: 'GoTrue', description: 'Supabase Auth of the embedded platform' };

function publicSettings(settings: AuthSettings): Fields {
	return {
		external: { email: true, phone: false, anonymous_users: false },
		disable_signup: !settings.enableSignup,
		mailer_autoconfirm: !settings.enableConfirmations,
		phone_autoconfirm: false,
		sms_provider: '',
		saml_enabled: false,
		passkeys_enabled: false
	};
}

/** Makes the service. It keeps no state of its own: everything is in the `auth` schema. */
export function createAuth({ sql, tokens, settings, apiUrl }: AuthOptions): Auth {
	const auth: AuthContext = { sql, tokens, settings, issuer: `${apiUrl}/auth/v1` };
	return {
		async fetch(request, caller) {
			const path = new URL(request.url).pathname.replace(/^\/auth\/v1/, '');
			const route = routes.find((known) => known.method === request.method && known.path.test(path));
			try {
				if (!route) {
					throw new AuthError(404, 'unknown', `The embedded platform has no ${request.method} /auth/v1${path}`);
				}
				const id = route.path.exec(path)?.[1] ?? '';
				return await route.answer(auth, await readRequest(request, caller), id);
			} catch (error) {
				return errorResponse(asAuthError(error, route?.failure ?? ''), request);
			}
		}
	};
}
