import type { TestProject } from 'vitest/node';
import { scratchFolder } from '../support/scratch-folder.ts';

/** Where the platform under test answers. `dbUrl` is empty when a platform given by environment keeps its database to itself. */
export type PlatformUnderTest = {
	apiUrl: string;
	publishableKey: string;
	secretKey: string;
	dbUrl: string;
	/** Where letters arrive; empty for a project whose letters go to real mailboxes. */
	mailUrl: string;
	/** The private key that signs its tokens, where it is known: tests forge tokens with it and without it. */
	signingJwk: Record<string, string> | null;
};

declare module 'vitest' {
	export interface ProvidedContext {
		platform: PlatformUnderTest;
	}
}

/**
 * Gives the contract tests a Supabase to talk to: the one named by SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and
 * SUPABASE_SECRET_KEY (and SUPABASE_DB_URL), or an embedded platform on free ports with a data folder of its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, SUPABASE_DB_URL, SUPABASE_SIGNING_JWK } = process.env;
	if (SUPABASE_URL && SUPABASE_PUBLISHABLE_KEY && SUPABASE_SECRET_KEY) {
		project.provide('platform', {
			apiUrl: SUPABASE_URL,
			publishableKey: SUPABASE_PUBLISHABLE_KEY,
			secretKey: SUPABASE_SECRET_KEY,
			dbUrl: SUPABASE_DB_URL ?? '',
			mailUrl: '',
			signingJwk: SUPABASE_SIGNING_JWK ? JSON.parse(SUPABASE_SIGNING_JWK) : null
		});
		return async () => {};
	}
	const { startPlatform } = await import('../../embedded/platform.ts');
	const folder = await scratchFolder('contract');
	const platform = await startPlatform({
		dataDir: folder.path,
		apiPort: 0,
		dbPort: 0,
		migrationsDir: 'supabase/migrations',
		// Hundreds of people sign up here from one address within a minute. What the limits do has tests of its own.
		adjust: ({ auth }) => {
			auth.rateLimit = { emailSent: Infinity, tokenRefresh: 1e6, signInSignUps: 1e6, tokenVerifications: 1e6, factors: 1e6 };
			auth.email.maxFrequency = 0;
		}
	});
	project.provide('platform', {
		apiUrl: platform.apiUrl,
		publishableKey: platform.publishableKey,
		secretKey: platform.secretKey,
		dbUrl: platform.dbUrl,
		mailUrl: platform.mailUrl,
		signingJwk: { ...platform.signingJwk }
	});
	return async () => {
		await platform.stop();
		await folder.remove();
	};
}
