import { hash, timingSafeEqual } from 'node:crypto';
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

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');

type Digests = { publishable: Buffer; secret: Buffer };
/** The digests of a project's own keys, which every request is compared with. */
const known = new WeakMap<PlatformKeys, Digests>();

function digestsOf(keys: PlatformKeys): Digests {
	const digests = known.get(keys) ?? { publishable: digestOf(keys.publishableKey), secret: digestOf(keys.secretKey) };
	known.set(keys, digests);
	return digests;
}

/** Browsers say so by these headers, which page scripts cannot change (Origin) or seldom do (User-Agent). */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
	return headers.origin !== undefined || /^Mozilla\//.test(headers['user-agent'] ?? '');
}

/** The role an API key stands for, null for an unknown key. */
export function keyRole(key: string, keys: PlatformKeys): ApiRole | null {
	// Digests are of one length, as the comparison in constant time needs it.
	const [digest, { publishable, secret }] = [digestOf(key), digestsOf(keys)];
	if (timingSafeEqual(digest, publishable)) return 'anon';
	return timingSafeEqual(digest, secret) ? 'service_role' : null;
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
