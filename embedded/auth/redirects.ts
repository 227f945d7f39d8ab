import type { AuthSettings } from '../settings/types.ts';
import type { AuthError } from './errors.ts';
import type { AuthRequest } from './request.ts';
import { matchesPattern } from './url-patterns.ts';

const isLoopback = (hostname: string) => hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/**
 * Only addresses that every parser reads alike: no credentials before the host, no backslash, no white space or control characters. A browser and this
 * check must never disagree on where a link leads.
 */
const unambiguous = /^[a-z][a-z0-9+.-]*:(?:\/\/)?[^\s\p{Cc}\\@/?#]*(?:[/?#][^\s\p{Cc}\\]*)?$/iu;

/** Whether a link in a letter may lead to `target`: the site itself, this machine, or what the allow-list names. */
export function isAllowedRedirect(target: string, settings: Pick<AuthSettings, 'siteUrl' | 'additionalRedirectUrls'>): boolean {
	if (target.length > 2048 || !unambiguous.test(target) || !URL.canParse(target)) return false;
	const url = new URL(target);
	if (url.protocol === 'javascript:' || url.protocol === 'data:') return false;
	const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
	// A host is written as it is read: `https:host`, `https:///host` and an IP address as one number are not.
	const written = /^https?:\/\/(\[[^\]]*\]|[^/?#:]+)/i.exec(target)?.[1]?.toLowerCase();
	if (isWeb && written !== url.hostname) return false;
	const site = new URL(settings.siteUrl);
	if (url.hostname === site.hostname && url.protocol === site.protocol && (url.port === site.port || isLoopback(url.hostname))) return true;
	// Addresses instead of names lead anywhere; GoTrue lets only this machine's pass.
	if (isWeb && (/^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('['))) return isLoopback(url.hostname);
	if (isWeb && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(url.hostname)) return false;
	return settings.additionalRedirectUrls.some((pattern) => matchesPattern(pattern, target));
}

/** Where the links of this request's letters lead: what it asks for (`redirect_to`, else its Referer) when allowed, or the site. */
export function redirectTarget(request: AuthRequest, settings: AuthSettings, asked = request.url.searchParams.get('redirect_to')): string {
	const wanted = [asked, request.headers.get('redirect_to'), request.headers.get('referer')];
	return wanted.find((target) => target && isAllowedRedirect(target, settings)) ?? settings.siteUrl;
}

/** Fields as Go's url.Values writes them: sorted by name. */
function encoded(fields: Record<string, string>): string {
	return new URLSearchParams(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1))).toString();
}

/** `target` with fields in its fragment, which reaches the page but no server; `sb` marks it as Supabase's. */
export function withFragment(target: string, fields: Record<string, string>): string {
	const page = new URL(target);
	page.hash = '';
	return `${page.href}#${encoded({ ...fields, sb: '' })}`;
}

/** `target` with fields in its query, where the app's server reads them (PKCE). */
export function withQuery(target: string, fields: Record<string, string>): string {
	const url = new URL(target);
	for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
	return url.href;
}

const oauthErrors: Record<number, string> = {
	400: 'invalid_request',
	401: 'unauthorized_client',
	403: 'access_denied',
	500: 'server_error',
	503: 'temporarily_unavailable'
};

/** Where a browser is sent when a link did not work: the reason in the fragment, for PKCE in the query too. */
export function errorRedirect(target: string, error: AuthError, isPkce: boolean): string {
	const word = oauthErrors[error.status];
	const fields = { ...(word ? { error: word } : {}), error_code: error.code, error_description: error.message };
	return withFragment(isPkce ? withQuery(target, fields) : target, fields);
}
