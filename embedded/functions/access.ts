import { decodeProtectedHeader } from 'jose';
import type { ApiRole, Claims } from '../gateway/caller.ts';
import { TokenRefused } from '../gateway/jwt.ts';
import { refuse, type AnswerCode } from './answers.ts';

/** What decides whether a caller may run a function that has `verify_jwt` on. */
export type AccessChecks = {
	/** Gives the claims, or throws TokenRefused. */
	verifyToken: (token: string) => Promise<Claims>;
	/** The role an API key stands for, null for an unknown key. */
	keyRole: (key: string) => ApiRole | null;
};

/** The algorithm a token names, whether or not it is signed; undefined for what is no token. */
function algorithmOf(token: string): string | undefined {
	try {
		return decodeProtectedHeader(token).alg;
	} catch {
		return undefined;
	}
}

/** Hosted tells by the token's own header what was wrong with it, not by why it failed. */
function refuseToken(token: string): Response {
	const algorithm = algorithmOf(token);
	const byAlgorithm: Record<string, AnswerCode> = {
		ES256: 'UNAUTHORIZED_ASYMMETRIC_JWT',
		RS256: 'UNAUTHORIZED_ASYMMETRIC_JWT',
		HS256: 'UNAUTHORIZED_LEGACY_JWT'
	};
	if (algorithm === undefined) return refuse('UNAUTHORIZED_INVALID_JWT_FORMAT');
	const code = Object.hasOwn(byAlgorithm, algorithm) ? byAlgorithm[algorithm] : undefined;
	return code ? refuse(code) : refuse('UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM', `Unsupported JWT algorithm ${algorithm}`);
}

/**
 * `verify_jwt`: the refusal a request gets before its function sees it, null when it may pass. A user's token counts; an API key counts in
 * `apikey` when there is no bearer, or the bearer is an API key too, which is how supabase-js calls when nobody is signed in.
 */
export async function refuseAccess(request: Request, { verifyToken, keyRole }: AccessChecks): Promise<Response | null> {
	const authorization = request.headers.get('authorization');
	const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
	if (!bearer || bearer.startsWith('sb_')) {
		const key = request.headers.get('apikey');
		if (key !== null && keyRole(key) !== null) return null;
		if (authorization === null) return refuse('UNAUTHORIZED_NO_AUTH_HEADER');
		return refuse('UNAUTHORIZED_INVALID_JWT_FORMAT', bearer ? undefined : "Auth header is not 'Bearer {token}'");
	}
	try {
		await verifyToken(bearer);
		return null;
	} catch (error) {
		if (error instanceof TokenRefused) return refuseToken(bearer);
		throw error;
	}
}
