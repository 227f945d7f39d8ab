import type { SupabaseClient } from '@supabase/supabase-js';
import { Secret, TOTP } from 'otpauth';
import { succeeded } from './auth-clients.ts';

/** An authenticator app that has taken over a factor's secret. Codes of the neighbouring steps are good too, so that one test can use three. */
export type Authenticator = { factorId: string; secret: string; code: (step?: -1 | 0 | 1) => string };

/** Enrolls a factor for a signed-in person; it is not verified yet. */
export async function enroll(client: SupabaseClient, friendlyName = 'Phone'): Promise<Authenticator> {
	const factor = succeeded(await client.auth.mfa.enroll({ factorType: 'totp', friendlyName }));
	return authenticatorOf(factor.id, factor.totp.secret);
}

/** The app for a secret that is known. */
export function authenticatorOf(factorId: string, secret: string): Authenticator {
	const totp = new TOTP({ secret: Secret.fromBase32(secret) });
	return { factorId, secret, code: (step = 0) => totp.generate({ timestamp: Date.now() + step * 30_000 }) };
}

/** Answers a new challenge with a code. */
export const answer = (client: SupabaseClient, { factorId }: Authenticator, code: string) =>
	client.auth.mfa.challengeAndVerify({ factorId, code });
