import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { PlatformKeys } from '../keys.ts';
import type { ApiRole } from './caller.ts';

/** Why a request's API key does not open anything, in the words of hosted Supabase. Always answered with 401. */
export class KeyRefused extends Error {
	readonly hint: string;

	constructor(message: string, hint: string) {
		super(message);
		this.name = 'KeyRefused';
		this.hint = hint;
	}
}

function sameText(one: string, other: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(one), digest(other));
}

/** Browsers say so by these headers, which page scripts cannot change (Origin) or seldom do (User-Agent). */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
	return headers.origin !== undefined || /^Mozilla\//.test(headers['user-agent'] ?? '');
}

/** The role an API key stands for, null for an unknown key. */
export function keyRole(key: string, keys: PlatformKeys): ApiRole | null {
	if (sameText(key, keys.publishableKey)) return 'anon';
	return sameText(key, keys.secretKey) ? 'service_role' : null;
}

/**
 * The role an API key stands for: the publishable one anon, the secret one service_role. Throws KeyRefused for a missing
 * or unknown key and for the secret key in a browser, where every visitor could read it.
 */
export function roleOfKey(key: string | undefined, headers: IncomingHttpHeaders, keys: PlatformKeys): ApiRole {
	if (!key) throw new KeyRefused('No API key found in request', 'No `apikey` request header or url param was found.');
	const role = keyRole(key, keys);
	if (!role) throw new KeyRefused('Invalid API key', 'Double check your Supabase `anon` or `service_role` API key.');
	if (role === 'service_role' && isFromBrowser(headers)) {
		throw new KeyRefused(
			'Forbidden use of secret API key in browser',
			'Secret API keys can only be used in a protected environment and should never be used in a browser. Delete this secret API key immediately.'
		);
	}
	return role;
}
