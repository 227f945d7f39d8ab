import { readEmail } from './email.ts';
import type { Section } from './section.ts';
import type { AuthSettings, Hook, RateLimitSettings } from './types.ts';
import { refuseUnsupported } from './unsupported.ts';

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~';

const requiredCharacters = new Map([
	['', []],
	['letters_digits', [lower + upper, digits]],
	['lower_upper_letters_digits', [lower, upper, digits]],
	['lower_upper_letters_digits_symbols', [lower, upper, digits, symbols]]
]);

/** A week: what the CLI's file and hosted projects allow. */
const maxJwtExpiry = 604_800;
/** Names of GoTrue's hook functions (internal/conf/configuration.go: postgresNamesRegexp). */
const hookUri = /^pg-functions:\/\/postgres\/([a-zA-Z_][a-zA-Z0-9_]{0,62})\/([a-zA-Z_][a-zA-Z0-9_]{0,62})$/;

function readPasswordCharacters(auth: Section): string[] {
	const name = auth.text('password_requirements', '');
	const sets = requiredCharacters.get(name);
	if (!sets) {
		const names = [...requiredCharacters.keys()].map((known) => `"${known}"`).join(', ');
		throw auth.refuse('password_requirements', `is "${name}" and must be one of ${names}.`);
	}
	return sets;
}

function readHook(auth: Section, name: string): Hook | null {
	const hook = auth.section('hook').section(name);
	hook.allowOnly(['enabled', 'uri', 'secrets']);
	if (!hook.flag('enabled', false)) return null;
	const uri = hook.requiredText('uri');
	if (/^https?:/i.test(uri)) {
		throw hook.refuse('uri', 'is an HTTP hook, and the embedded platform calls functions of its database only.');
	}
	const [, schema, called] = hookUri.exec(uri) ?? [];
	if (!schema || !called) throw hook.refuse('uri', 'must have the form pg-functions://postgres/<schema>/<function>.');
	if (hook.text('secrets', '') !== '') throw hook.refuse('secrets', 'has no meaning for a function of the database.');
	return { schema, function: called, uri };
}

/** Letters are counted only where they leave this machine: without SMTP the CLI sets a limit nobody reaches. */
function readRateLimit(auth: Section, ownSmtp: boolean): RateLimitSettings {
	const limit = auth.section('rate_limit');
	limit.allowOnly(['email_sent', 'sms_sent', 'anonymous_users', 'token_refresh', 'sign_in_sign_ups', 'token_verifications', 'web3']);
	const emailSent = limit.count('email_sent', 2, { min: 1 });
	return {
		emailSent: ownSmtp ? emailSent : Infinity,
		tokenRefresh: limit.count('token_refresh', 150, { min: 1 }),
		signInSignUps: limit.count('sign_in_sign_ups', 30, { min: 1 }),
		tokenVerifications: limit.count('token_verifications', 30, { min: 1 }),
		factors: 15
	};
}

function readMfa(auth: Section): AuthSettings['mfa'] {
	const mfa = auth.section('mfa');
	mfa.allowOnly(['max_enrolled_factors', 'totp', 'phone', 'web_authn']);
	const section = mfa.section('totp');
	section.allowOnly(['enroll_enabled', 'verify_enabled']);
	const totp = { enrollEnabled: section.flag('enroll_enabled', false), verifyEnabled: section.flag('verify_enabled', false) };
	if (totp.enrollEnabled && !totp.verifyEnabled) throw section.refuse('enroll_enabled', 'is on, so verify_enabled must be on too.');
	return { maxEnrolledFactors: mfa.count('max_enrolled_factors', 10), totp };
}

function readSessions(auth: Section): AuthSettings['sessions'] {
	const sessions = auth.section('sessions');
	sessions.allowOnly(['timebox', 'inactivity_timeout']);
	return { timebox: sessions.duration('timebox', '0s'), inactivityTimeout: sessions.duration('inactivity_timeout', '0s') };
}

/** The CLI's keys of `[auth]`. */
const authKeys = [
	'enabled',
	'site_url',
	'external_url',
	'additional_redirect_urls',
	'jwt_expiry',
	'jwt_issuer',
	'signing_keys_path',
	'enable_refresh_token_rotation',
	'refresh_token_reuse_interval',
	'enable_manual_linking',
	'enable_signup',
	'enable_anonymous_sign_ins',
	'minimum_password_length',
	'password_requirements',
	'publishable_key',
	'secret_key',
	'jwt_secret',
	'anon_key',
	'service_role_key',
	'rate_limit',
	'captcha',
	'hook',
	'mfa',
	'sessions',
	'email',
	'sms',
	'external',
	'web3',
	'oauth_server',
	'third_party',
	'passkey',
	'webauthn'
];

/** Reads `[auth]` and all below it, with the CLI's defaults. `root` is the project's folder. */
export function readAuth(auth: Section, root: string): AuthSettings {
	auth.allowOnly(authKeys);
	refuseUnsupported(auth);
	const email = readEmail(auth, root);
	const siteUrl = auth.text('site_url', 'http://127.0.0.1:3000');
	if (siteUrl === '') throw auth.refuse('site_url', 'is missing.');
	return {
		siteUrl,
		additionalRedirectUrls: auth.list('additional_redirect_urls', ['https://127.0.0.1:3000']),
		externalUrl: auth.text('external_url', '').replace(/\/+$/, ''),
		jwtExpiry: auth.count('jwt_expiry', 3600, { min: 1, max: maxJwtExpiry }),
		enableSignup: auth.flag('enable_signup', true),
		enableRefreshTokenRotation: auth.flag('enable_refresh_token_rotation', true),
		refreshTokenReuseInterval: auth.count('refresh_token_reuse_interval', 10),
		minimumPasswordLength: auth.count('minimum_password_length', 6, { min: 6 }),
		passwordCharacters: readPasswordCharacters(auth),
		email,
		rateLimit: readRateLimit(auth, email.smtp !== null),
		sessions: readSessions(auth),
		mfa: readMfa(auth),
		hooks: { customAccessToken: readHook(auth, 'custom_access_token'), beforeUserCreated: readHook(auth, 'before_user_created') }
	};
}
