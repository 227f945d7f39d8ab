import type { AuthSettings } from '../settings/index.ts';
import type { Fields } from './request.ts';

/** GET /settings: what a sign-in page needs to know, and nothing else. */
export function publicSettings({ email, enableSignup }: AuthSettings): Fields {
	return {
		external: { email: email.enabled, phone: false, anonymous_users: false },
		disable_signup: !enableSignup,
		mailer_autoconfirm: !email.enableConfirmations,
		phone_autoconfirm: false,
		sms_provider: '',
		saml_enabled: false,
		passkeys_enabled: false
	};
}
