import { env } from '$env/dynamic/private';

/** What the app knows of its Supabase: a URL, two keys, and optionally the signing key that lets it mint realtime tokens. */
export type Config = {
	supabaseUrl: string;
	publishableKey: string;
	secretKey: string;
	/** Private ES256 JWK as JSON, as imported into the project's signing keys. */
	signingJwk: string | null;
	/** Postmark's server token; null when no mail is set up. */
	postmarkToken: string | null;
	/** Where Postmark's API is, when it is not Postmark's own. */
	postmarkUrl: string | null;
	/** The sender of the app's letters, `Name <address>`. */
	mailFrom: string;
};

/** Reads the configuration from the environment. Throws a sentence that names the missing variable. */
export function config(): Config {
	return {
		supabaseUrl: demand('SUPABASE_URL').replace(/\/+$/, ''),
		publishableKey: demand('SUPABASE_PUBLISHABLE_KEY'),
		secretKey: demand('SUPABASE_SECRET_KEY'),
		signingJwk: env.SUPABASE_SIGNING_JWK || null,
		postmarkToken: env.POSTMARK_SERVER_TOKEN || null,
		postmarkUrl: env.POSTMARK_API_URL || null,
		mailFrom: env.MAIL_FROM || 'GeminiCRM <hello@gemini-crm.test>'
	};
}

function demand(name: string): string {
	const value = env[name];
	if (!value)
		throw new Error(
			`The environment variable ${name} is not set. \`npm start\` sets it; elsewhere take it from the Supabase project's API settings.`
		);
	return value;
}

/** The websocket origin of the realtime server, for the content security policy. */
export function realtimeOrigin(supabaseUrl: string): string {
	const url = new URL(supabaseUrl);
	return `${url.protocol === 'https:' ? 'wss:' : 'ws:'}//${url.host}`;
}
