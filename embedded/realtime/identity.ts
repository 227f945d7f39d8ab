import { decodeJwt } from 'jose';

/** Verified claims of a token. */
export type Claims = Record<string, unknown>;

/** Verifies signature, algorithm, audience and expiry of a JWT; throws when anything is wrong. */
export type VerifyToken = (token: string) => Claims | Promise<Claims>;

/** Who a channel acts as. */
export type Identity = {
	/** The token that was shown, or null when the connection's API key speaks. */
	token: string | null;
	role: string;
	claims: Claims;
	/** Unix seconds; null never expires. */
	expiresAt: number | null;
};

/** A join, push or request that is turned down; `message` is for the client. */
export class Refused extends Error {}

const keys = new WeakMap<Identity, string>();

/** Equal for identities that policies cannot tell apart: same role, same claims. */
export function identityKey(identity: Identity): string {
	const key = keys.get(identity) ?? JSON.stringify([identity.role, identity.claims]);
	keys.set(identity, key);
	return key;
}

/** The identity of a bare API key. */
export function keyIdentity(role: string): Identity {
	return { token: null, role, claims: { role }, expiresAt: null };
}

/**
 * The identity behind the `access_token` of a join. supabase-js sends its API key there when nobody is signed in, which
 * says no more than the key the socket was opened with. Throws Refused.
 */
export async function identify(token: unknown, connection: Identity, verifyToken: VerifyToken): Promise<Identity> {
	if (typeof token !== 'string' || token === '' || token.startsWith('sb_')) return connection;
	const claims = await verified(token, verifyToken);
	const { role, exp } = claims;
	if (typeof role !== 'string' || typeof exp !== 'number') {
		throw new Refused('InvalidJWTToken: Fields `role` and `exp` are required in JWT');
	}
	return { token, role, claims, expiresAt: exp };
}

async function verified(token: string, verifyToken: VerifyToken): Promise<Claims> {
	try {
		return await verifyToken(token);
	} catch {
		throw new Refused(`InvalidJWTToken: ${whyInvalid(token)}`);
	}
}

/** Only words a refusal: nothing unverified is believed. */
function whyInvalid(token: string): string {
	try {
		const { exp } = decodeJwt(token);
		const age = Math.floor(Date.now() / 1000) - (exp ?? Infinity);
		return age >= 0 ? `Token has expired ${age} seconds ago` : 'Failed to validate JWT signature';
	} catch {
		return 'The token provided is not a valid JWT';
	}
}
