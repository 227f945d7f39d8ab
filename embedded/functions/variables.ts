import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** Where a function finds the project it belongs to. */
export type ProjectAddresses = { apiUrl: string; dbUrl: string; publishableKey: string; secretKey: string };

/** The developer's secrets, from `supabase/functions/.env`; none without the file. Names of the platform's own are left out and told. */
export function readSecrets(folder: string, log: (line: string) => void): Record<string, string> {
	let text: string;
	try {
		text = readFileSync(join(folder, '.env'), 'utf8');
	} catch {
		return {};
	}
	const secrets: Record<string, string> = {};
	for (const [name, value] of Object.entries(parseEnv(text))) {
		if (name.startsWith('SUPABASE_')) log(`[functions] .env: names that start with SUPABASE_ are reserved, ${name} is left out`);
		else if (value !== undefined) secrets[name] = value;
	}
	return secrets;
}

/**
 * What hosted gives every function (Supabase's docs, "Environment Variables", default secrets), without SUPABASE_JWKS. The two legacy names
 * hold the new keys: there are no others here.
 */
export function platformVariables(name: string, executionId: string, project: ProjectAddresses): Record<string, string> {
	return {
		SUPABASE_URL: project.apiUrl,
		SUPABASE_DB_URL: project.dbUrl,
		SUPABASE_ANON_KEY: project.publishableKey,
		SUPABASE_SERVICE_ROLE_KEY: project.secretKey,
		SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: project.publishableKey }),
		SUPABASE_SECRET_KEYS: JSON.stringify({ default: project.secretKey }),
		SB_REGION: 'local',
		SB_EXECUTION_ID: executionId,
		DENO_DEPLOYMENT_ID: `local_${name}_1`
	};
}
