/** The error codes of supabase/auth (internal/api/apierrors/errorcode.go) that this service gives. */
export type AuthErrorCode =
	| 'bad_json'
	| 'bad_jwt'
	| 'email_exists'
	| 'email_not_confirmed'
	| 'email_provider_disabled'
	| 'insufficient_aal'
	| 'invalid_credentials'
	| 'no_authorization'
	| 'not_admin'
	| 'phone_provider_disabled'
	| 'refresh_token_already_used'
	| 'refresh_token_not_found'
	| 'request_entity_too_large'
	| 'same_password'
	| 'session_expired'
	| 'session_not_found'
	| 'signup_disabled'
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
