import type { Endpoint } from '../support/workspace.ts';

const fromEnvironment = (name: string): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is missing: tests/e2e/global-setup.ts sets it`);
	return value;
};

/** The platform that the browser tests' app talks to. */
export const endpoint = (): Endpoint => ({
	apiUrl: fromEnvironment('SUPABASE_URL'),
	publishableKey: fromEnvironment('SUPABASE_PUBLISHABLE_KEY'),
	secretKey: fromEnvironment('SUPABASE_SECRET_KEY')
});

export const baseUrl = (): string => fromEnvironment('BASE_URL');
