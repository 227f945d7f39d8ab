import { reauthenticate, showUser, signOut, updateUser } from './account.ts';
import { createUser, deleteUser, showAnyUser, showUsers, updateAnyUser } from './admin.ts';
import { deleteFactor, renameFactor, showFactors } from './admin-factors.ts';
import { generateLink, invite } from './admin-links.ts';
import type { AuthContext } from './context.ts';
import { AuthError, invalid } from './errors.ts';
import type { LimitGroup } from './limits.ts';
import { recover, resend, signInByMail } from './mailed-links.ts';
import { challengeFactor, enrollFactor, unenrollFactor, verifyFactor } from './mfa.ts';
import type { AuthRequest, Fields } from './request.ts';
import { requireAdmin } from './session-guard.ts';
import { grantToken } from './sign-in.ts';
import { signUp } from './sign-up.ts';
import { publicSettings } from './public-settings.ts';
import { followLink, verify } from './verify.ts';

/** An endpoint. */
export type Route = {
	method: string;
	path: RegExp;
	/** Which requests of a visitor are counted together; none for what costs or reveals nothing. */
	limit?: LimitGroup;
	/** GoTrue's sentence for a database failure here. */
	failure: string;
	answer: (auth: AuthContext, request: AuthRequest, ids: string[]) => Promise<Response>;
};

type Answer = (auth: AuthContext, request: AuthRequest, ids: string[]) => Promise<object | Response | void>;

/** A path in which `:id` stands for one segment. */
const pattern = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(':id', '([^/]+)')}$`);

/** An endpoint whose object becomes a JSON answer, and nothing an empty one. */
function route(method: string, path: string, answer: Answer, options: { limit?: LimitGroup; failure?: string } = {}): Route {
	return {
		method,
		path: pattern(path),
		...(options.limit ? { limit: options.limit } : {}),
		failure: options.failure ?? '',
		async answer(auth, request, ids) {
			const result = await answer(auth, request, ids);
			if (result instanceof Response) return result;
			return result ? Response.json(result) : new Response(null, { status: 204 });
		}
	};
}

/** An endpoint for the holder of the secret key; nothing else is looked at before. */
function adminRoute(method: string, path: string, answer: Answer, failure: string): Route {
	const guarded: Answer = async (auth, request, ids) => {
		await requireAdmin(auth, request);
		return answer(auth, request, ids);
	};
	return route(method, path, guarded, { failure });
}

const health: Fields = { version: 'embedded', name: 'GoTrue', description: 'Supabase Auth of the embedded platform' };

/** Ways in that are not here, in GoTrue's words, so that a client hears a reason instead of a missing page. */
const refusals: Route[] = [
	route('GET', '/authorize', async () => {
		throw invalid('Unsupported provider: provider is not enabled');
	}),
	...(['GET', 'DELETE'] as const).map((method) =>
		route(method, `/user/identities/:id`, async () => {
			throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled');
		})
	)
];

/** Every endpoint of the service. */
export const routes: Route[] = [
	route('GET', '/health', async () => health),
	route('GET', '/settings', async (auth) => publicSettings(auth.settings)),
	route('GET', '/.well-known/jwks.json', async ({ tokens }) =>
		Response.json(tokens.jwks, { headers: { 'cache-control': 'public, max-age=600' } })
	),

	route('POST', '/signup', signUp, { limit: 'signUp', failure: 'Database error saving new user' }),
	route('POST', '/token', grantToken, { limit: 'token', failure: 'Database error granting user' }),
	route('POST', '/recover', recover, { limit: 'recover', failure: 'Unable to process request' }),
	route('POST', '/otp', signInByMail, { limit: 'otp', failure: 'Database error saving new user' }),
	route('POST', '/magiclink', signInByMail, { limit: 'magicLink', failure: 'Database error saving new user' }),
	route('POST', '/resend', resend, { limit: 'resend', failure: 'Unable to process request' }),
	route('GET', '/verify', followLink, { limit: 'verify', failure: 'Error confirming user' }),
	route('POST', '/verify', verify, { limit: 'verify', failure: 'Error confirming user' }),

	route('POST', '/logout', signOut, { failure: 'Error logging out user' }),
	route('GET', '/user', showUser, { failure: 'Database error loading user' }),
	route('PUT', '/user', updateUser, { limit: 'user', failure: 'Error updating user' }),
	route('GET', '/reauthenticate', reauthenticate, { failure: 'Error sending reauthentication email' }),

	route('POST', '/factors', enrollFactor, { failure: 'Database error saving factor' }),
	route('POST', '/factors/:id/challenge', (auth, request, [id = '']) => challengeFactor(auth, request, id), {
		limit: 'factorChallenge',
		failure: 'Database error creating challenge'
	}),
	route('POST', '/factors/:id/verify', (auth, request, [id = '']) => verifyFactor(auth, request, id), {
		limit: 'factorVerify',
		failure: 'Database error verifying factor'
	}),
	route('DELETE', '/factors/:id', (auth, request, [id = '']) => unenrollFactor(auth, request, id), {
		failure: 'Database error deleting factor'
	}),

	adminRoute('POST', '/invite', invite, 'Error inviting user'),
	adminRoute('POST', '/admin/generate_link', generateLink, 'Database error saving new user'),
	adminRoute('GET', '/admin/users', showUsers, 'Database error finding users'),
	adminRoute('POST', '/admin/users', createUser, 'Database error creating new user'),
	adminRoute('GET', '/admin/users/:id', (auth, _, [id = '']) => showAnyUser(auth, id), 'Database error loading user'),
	adminRoute('PUT', '/admin/users/:id', (auth, request, [id = '']) => updateAnyUser(auth, request, id), 'Error updating user'),
	adminRoute('DELETE', '/admin/users/:id', (auth, request, [id = '']) => deleteUser(auth, request, id), 'Database error deleting user'),
	adminRoute('GET', '/admin/users/:id/factors', (auth, _, [id = '']) => showFactors(auth, id), 'Database error loading factors'),
	adminRoute(
		'PUT',
		'/admin/users/:id/factors/:id',
		(auth, request, [id = '', factorId = '']) => renameFactor(auth, request, id, factorId),
		'Database error updating factor'
	),
	adminRoute(
		'DELETE',
		'/admin/users/:id/factors/:id',
		(auth, request, [id = '', factorId = '']) => deleteFactor(auth, request, id, factorId),
		'Database error deleting factor'
	),
	...refusals
];
