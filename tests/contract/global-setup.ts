import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { scratchFolder } from '../support/scratch-folder.ts';

/** Where the platform under test answers. */
export type PlatformUnderTest = {
	apiUrl: string;
	publishableKey: string;
	secretKey: string;
	/** Its database as `postgres`. */
	dbUrl: string;
	/** Where letters arrive; empty for a project whose letters go to real mailboxes. */
	mailUrl: string;
	/** The private key that signs its tokens, where it is known: tests forge tokens with it and without it. */
	signingJwk: Record<string, string> | null;
	/** The API as the project's database reaches it. */
	apiUrlFromDatabase: string;
	/** Whether the functions of tests/contract/project are deployed. */
	hasFunctions: boolean;
};

declare module 'vitest' {
	export interface ProvidedContext {
		platform: PlatformUnderTest;
	}
}

const functionsDir = fileURLToPath(new URL('./project/supabase/functions', import.meta.url));

async function hasFunctions(apiUrl: string): Promise<boolean> {
	return (await fetch(`${apiUrl}/functions/v1/contract-echo`)).headers.get('x-answer') === 'yes';
}

/**
 * Gives the contract tests a Supabase to talk to: the one named by the environment (README.md says by which variables), or an embedded
 * platform on free ports with a data folder of its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, SUPABASE_DB_URL, SUPABASE_SIGNING_JWK } = process.env;
	const { SUPABASE_URL_FROM_DATABASE } = process.env;
	if (SUPABASE_URL) {
		if (!SUPABASE_PUBLISHABLE_KEY || !SUPABASE_SECRET_KEY || !SUPABASE_DB_URL) {
			throw new Error(
				'SUPABASE_URL is set: SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY and SUPABASE_DB_URL are needed too (tests/contract/README.md)'
			);
		}
		project.provide('platform', {
			apiUrl: SUPABASE_URL,
			publishableKey: SUPABASE_PUBLISHABLE_KEY,
			secretKey: SUPABASE_SECRET_KEY,
			dbUrl: SUPABASE_DB_URL,
			mailUrl: '',
			signingJwk: SUPABASE_SIGNING_JWK ? JSON.parse(SUPABASE_SIGNING_JWK) : null,
			apiUrlFromDatabase: SUPABASE_URL_FROM_DATABASE ?? SUPABASE_URL,
			hasFunctions: await hasFunctions(SUPABASE_URL)
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
		functionsDir,
		// Hundreds of people sign up here from one address within a minute. What the limits do has tests of its own.
		adjust: ({ auth, functions }) => {
			// As tests/contract/project/supabase/config.toml has them.
			for (const name of ['contract-echo', 'contract-caller']) functions.named.set(name, { enabled: true, verifyJwt: false });
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
		signingJwk: { ...platform.signingJwk },
		apiUrlFromDatabase: platform.apiUrl,
		hasFunctions: true
	});
	return async () => {
		await platform.stop();
		await folder.remove();
	};
}
