import { createPrivateKey, createPublicKey } from 'node:crypto';
// By part: the whole library takes three times as long to load, at every start.
import * as errors from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import type { JWTPayload } from 'jose';
import type { SigningJwk } from '../keys.ts';
import { isApiRole, type Claims } from './caller.ts';

/** Why a token was not accepted: it is no token of ours, its time is over, or its claims do not fit. */
export type RefusalKind = 'malformed' | 'signature' | 'expired' | 'claims' | 'role';

/** A bearer token that must not be acted on. The message may be shown to the caller. */
export class TokenRefused extends Error {
	readonly kind: RefusalKind;

	constructor(kind: RefusalKind, message: string) {
		super(message);
		this.name = 'TokenRefused';
		this.kind = kind;
	}
}

/** The public half of the signing key as JWKS shows it. */
export type PublicJwk = Omit<SigningJwk, 'd'> & { key_ops: ['verify'] };

/** Signs and checks the access tokens of one project. */
export type Tokens = {
	readonly jwks: { keys: PublicJwk[] };
	/** Signs claims as they are; the caller sets `iat` and `exp`. */
	sign(claims: JWTPayload): Promise<string>;
	/** Gives the claims of a token that may be acted on, or throws TokenRefused. */
	verifyToken(token: string): Promise<Claims>;
};

const audience = 'authenticated';

/** Tokens outlive a move of the API port, so issuers are compared without it. Only this machine's data has the key anyway. */
const issuerPattern = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/auth\/v1$/;

function refusalFor(error: unknown): TokenRefused {
	if (error instanceof TokenRefused) return error;
	if (error instanceof errors.JWTExpired) return new TokenRefused('expired', 'JWT expired');
	if (error instanceof errors.JWTClaimValidationFailed) {
		return new TokenRefused('claims', error.claim === 'aud' ? 'JWT not in audience' : `Invalid claim: ${error.claim}`);
	}
	if (error instanceof errors.JWSSignatureVerificationFailed) {
		return new TokenRefused('signature', 'JWT cryptographic operation failed');
	}
	if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
		return new TokenRefused('signature', 'No suitable key or wrong key type');
	}
	return new TokenRefused('malformed', 'The token is not a JWT');
}

/** Tokens whose signature is remembered; each is a few hundred bytes. */
const remembered = 1_000;

/**
 * Makes the signer and verifier for a project's ES256 key. Only that key and that algorithm are ever accepted. `issuer`: where Auth is reached from outside,
 * when not at the gateway's own address.
 */
export function createTokens(jwk: SigningJwk, issuer?: string): Tokens {
	const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
	const publicKey = createPublicKey(privateKey);
	const { d: _private, ...shown } = jwk;
	/** What a token says does not change, only the time it is valid in: its signature is checked once. The oldest are forgotten first. */
	const verified = new Map<string, { claims: Claims; expiresAt: number }>();

	async function verify(token: string): Promise<{ claims: Claims; expiresAt: number }> {
		const key = ({ kid }: { kid?: string }) => {
			if (kid !== jwk.kid) throw new TokenRefused('signature', 'No suitable key or wrong key type');
			return publicKey;
		};
		const { payload } = await jwtVerify(token, key, {
			algorithms: ['ES256'],
			audience,
			requiredClaims: ['exp', 'iss']
		});
		if (payload.iss !== issuer && !issuerPattern.test(payload.iss ?? '')) throw new TokenRefused('claims', 'Invalid claim: iss');
		const { role } = payload;
		if (!isApiRole(role)) throw new TokenRefused('role', `permission denied to set role "${String(role)}"`);
		return { claims: { ...payload, role }, expiresAt: payload.exp ?? 0 };
	}

	return {
		jwks: { keys: [{ ...shown, key_ops: ['verify'] }] },

		sign(claims) {
			return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: 'JWT' }).sign(privateKey);
		},

		async verifyToken(token) {
			try {
				const known = verified.get(token);
				if (known && known.expiresAt > Date.now() / 1000) return known.claims;
				verified.delete(token);
				const fresh = await verify(token);
				verified.set(token, fresh);
				const [oldest] = verified.keys();
				if (verified.size > remembered && oldest !== undefined) verified.delete(oldest);
				return fresh.claims;
			} catch (error) {
				throw refusalFor(error);
			}
		}
	};
}
