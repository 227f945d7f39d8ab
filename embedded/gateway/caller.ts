/** The database roles a request may act as. */
export const apiRoles = ['anon', 'authenticated', 'service_role'] as const;

/** One of `apiRoles`. */
export type ApiRole = (typeof apiRoles)[number];

/** The claims of a token whose signature, audience and expiry were checked. */
export type Claims = Record<string, unknown> & { role: ApiRole };

/**
 * Who a request acts as. With a user token these are its role and claims; with an API key alone they are the
 * key's role and `{ role }`, which is what the key stands for.
 */
export type Caller = { role: ApiRole; claims: Claims };

/** Tells whether a claim names a role that the API may act as. */
export function isApiRole(value: unknown): value is ApiRole {
	return apiRoles.some((role) => role === value);
}
