/** The error codes of supabase/auth (internal/api/apierrors/errorcode.go) that this service gives. */
export type AuthErrorCode =
	| 'anonymous_provider_disabled'
	| 'bad_code_verifier'
	| 'bad_json'
	| 'bad_jwt'
	| 'email_exists'
	| 'email_not_confirmed'
	| 'email_provider_disabled'
	| 'flow_state_expired'
	| 'flow_state_not_found'
	| 'insufficient_aal'
	| 'invalid_credentials'
	| 'manual_linking_disabled'
	| 'mfa_challenge_expired'
	| 'mfa_factor_name_conflict'
	| 'mfa_factor_not_found'
	| 'mfa_ip_address_mismatch'
	| 'mfa_phone_enroll_not_enabled'
	| 'mfa_totp_enroll_not_enabled'
	| 'mfa_totp_verify_not_enabled'
	| 'mfa_verification_failed'
	| 'mfa_webauthn_enroll_not_enabled'
	| 'no_authorization'
	| 'not_admin'
	| 'otp_disabled'
	| 'otp_expired'
	| 'over_email_send_rate_limit'
	| 'over_request_rate_limit'
	| 'phone_provider_disabled'
	| 'reauthentication_needed'
	| 'reauthentication_not_valid'
	| 'refresh_token_already_used'
	| 'refresh_token_not_found'
	| 'request_entity_too_large'
	| 'same_password'
	| 'session_expired'
	| 'session_not_found'
	| 'signup_disabled'
	| 'too_many_enrolled_mfa_factors'
	| 'unexpected_failure'
	| 'unknown'
	| 'user_already_exists'
	| 'user_banned'
	| 'user_not_found'
	| 'validation_failed'
	| 'weak_password';

/** A refusal the caller is told about: HTTP status, stable code, and a sentence. */
export class AuthError extends Error {
	readonly status: number;
	readonly code: AuthErrorCode;
	/** Present on `weak_password`: which rules the password breaks (`length`, `characters`). */
	readonly reasons: string[] | undefined;

	constructor(status: number, code: AuthErrorCode, message: string, options?: ErrorOptions & { reasons?: string[] }) {
		super(message, options);
		this.name = 'AuthError';
		this.status = status;
		this.code = code;
		this.reasons = options?.reasons;
	}
}

/** The request breaks a rule of this API: 400 validation_failed. */
export function invalid(message: string): AuthError {
	return new AuthError(400, 'validation_failed', message);
}

const versionHeader = 'x-supabase-api-version';
const version20240101 = '2024-01-01';

/**
 * The answer to a refused request. Clients that name an API version of 2024-01-01 or later get `{code, message}` and
 * the version back; older ones get `{code: <status>, error_code, msg}` (supabase/auth internal/api/errors.go).
 */
export function errorResponse(error: AuthError, request: Request): Response {
	const headers = new Headers({ 'content-type': 'application/json', 'x-sb-error-code': error.code });
	const weak = error.reasons ? { weak_password: { reasons: error.reasons } } : {};
	const asked = request.headers.get(versionHeader) ?? '';
	if (/^\d{4}-\d{2}-\d{2}$/.test(asked) && asked >= version20240101) {
		headers.set(versionHeader, version20240101);
		return Response.json({ code: error.code, message: error.message, ...weak }, { status: error.status, headers });
	}
	return Response.json({ code: error.status, error_code: error.code, msg: error.message, ...weak }, { status: error.status, headers });
}
