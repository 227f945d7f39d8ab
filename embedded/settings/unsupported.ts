import type { Refusal } from '../postgres/refusal.ts';
import type { Section } from './section.ts';

/** `[auth]` subsections that are whole features, and are off here. */
const features = new Map([
	['captcha', 'there is no captcha'],
	['passkey', 'there are no passkeys'],
	['oauth_server', 'Auth is no OAuth server']
]);

/** Keys and the issuer of tokens, which the embedded platform makes itself. */
const made = ['signing_keys_path', 'publishable_key', 'secret_key', 'jwt_secret', 'anon_key', 'service_role_key', 'jwt_issuer'];

function notHere(section: Section, key: string, why: string): Refusal {
	return section.refuse(
		key,
		`is on, but on the embedded platform ${why}.`,
		'Turn it off. A hosted project can have it on by itself: see [remotes.<name>] in the CLI’s documentation.'
	);
}

/** Each subsection of `section` that says `enabled = true` is refused. */
function refuseEnabled(section: Section, names: readonly string[], why: string): void {
	for (const name of names) {
		const feature = section.section(name);
		if (feature.flag('enabled', false)) throw notHere(feature, 'enabled', why);
	}
}

/**
 * Refuses what changes who gets in and is not done here. Left alone it would look on and be off: a captcha nobody is
 * asked for, a provider nobody can use.
 */
export function refuseUnsupported(auth: Section): void {
	if (!auth.flag('enabled', true)) {
		throw auth.refuse('enabled', 'is false, but the app cannot do without Auth.');
	}
	if (auth.flag('enable_anonymous_sign_ins', false)) throw notHere(auth, 'enable_anonymous_sign_ins', 'nobody signs in anonymously');
	if (auth.flag('enable_manual_linking', false)) throw notHere(auth, 'enable_manual_linking', 'accounts have one identity');
	for (const key of made) {
		if (auth.text(key, '') !== '') throw auth.refuse(key, 'is set, but the embedded platform makes its own.', 'Remove it.');
	}

	for (const [name, why] of features) refuseEnabled(auth, [name], why);
	for (const group of ['external', 'web3', 'third_party']) {
		const providers = auth.section(group);
		refuseEnabled(providers, providers.keys, 'people sign in by e-mail only');
	}

	const sms = auth.section('sms');
	// `enable_signup`, without one of these providers, the CLI turns off itself.
	if (sms.flag('enabled', false)) throw notHere(sms, 'enabled', 'there are no text messages');
	refuseEnabled(sms, ['twilio', 'twilio_verify', 'messagebird', 'textlocal', 'vonage'], 'there are no text messages');

	for (const name of ['phone', 'web_authn']) {
		const factor = auth.section('mfa').section(name);
		for (const key of ['enroll_enabled', 'verify_enabled']) {
			if (factor.flag(key, false)) throw notHere(factor, key, 'TOTP is the only second factor');
		}
	}

	const email = auth.section('email');
	if (email.flag('require_current_password', false)) {
		throw notHere(email, 'require_current_password', 'a changed password is not asked for the old one');
	}
	const hooks = auth.section('hook');
	const others = hooks.keys.filter((name) => name !== 'custom_access_token' && name !== 'before_user_created');
	refuseEnabled(hooks, others, 'only custom_access_token and before_user_created are called');
}
