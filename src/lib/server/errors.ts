/** An error a person can act on: an HTTP status, a stable code for programs, and a sentence that says what to do. */
export class AppError extends Error {
	readonly status: number;
	readonly code: string;
	readonly details?: unknown;

	constructor(status: number, code: string, message: string, details?: unknown, cause?: unknown) {
		super(message, { cause });
		this.name = 'AppError';
		this.status = status;
		this.code = code;
		this.details = details;
	}
}

/** What PostgREST and supabase-js report: SQLSTATE or PGRST code, message, details, hint. */
export type DatabaseError = { code?: string | null; message: string; details?: string | null; hint?: string | null };

/** Codes that always mean the same, whatever the table. */
const byCode: Record<string, [status: number, code: string, message: string]> = {
	'42501': [403, 'forbidden', 'Your role does not allow this. Ask an admin of the workspace.'],
	'25006': [403, 'viewing_as', 'You see the app as somebody else: nothing can be changed. End the view first.'],
	PGRST116: [404, 'not_found', 'This record does not exist any more, or you may not see it.'],
	'57014': [503, 'too_slow', 'The database took too long and stopped. Nothing was changed; try again in a moment.'],
	'40001': [503, 'busy', 'Somebody else changed the same data at the same moment. Try again.'],
	'40P01': [503, 'busy', 'Somebody else changed the same data at the same moment. Try again.'],
	'53300': [503, 'busy', 'The database is busy. Nothing was changed; try again in a moment.'],
	'22001': [400, 'too_long', 'A text is longer than its field allows.'],
	'22003': [400, 'out_of_range', 'A number is outside the range its field allows.'],
	'22007': [400, 'invalid_value', 'A date is not valid.'],
	'22008': [400, 'invalid_value', 'A date is not valid.'],
	'22P02': [400, 'invalid_value', 'A value has the wrong form.'],
	'22P05': [400, 'invalid_value', 'A text contains a character that cannot be stored.'],
	'23502': [400, 'missing_value', 'A required value is missing.']
};

/** The one place that turns what the database says into what a person reads. */
export function toAppError(error: DatabaseError): AppError {
	const code = error.code ?? '';
	if (code === '42501' && error.hint === 'field_ruled')
		return new AppError(403, 'field_ruled', sentence(error.message), error.details ? { field: error.details } : undefined);
	if (code === '42501' && error.hint === 'shared_owner')
		return new AppError(403, error.hint, sentence(error.message), { field: 'owner_id' });
	if (code === '42501' && error.hint === 'insufficient_aal') return new AppError(403, error.hint, sentence(error.message));
	if (code === '42501' && error.hint === 'session_not_found') return new AppError(401, 'session_ended', sentence(error.message));
	const known = byCode[code];
	if (known) return new AppError(...known, fieldOf(error, code));
	if (code === 'PGRST301' || code === 'PGRST302' || code === 'PGRST303') {
		return new AppError(401, 'session_ended', 'Your session has ended. Sign in again.');
	}
	if (code === 'P0001') return new AppError(400, error.hint || 'refused', sentence(error.message));
	if (/^PT[45]\d\d$/.test(code)) return new AppError(Number(code.slice(2)), error.hint || 'refused', sentence(error.message));
	if (code === '23505') return new AppError(409, 'already_exists', 'Another record already has this value.', fieldOf(error, code));
	if (code === '23503') {
		if (error.hint === 'owner_not_active') return new AppError(409, error.hint, sentence(error.message), { field: 'owner_id' });
		const removed = /still referenced/.test(error.details ?? error.message);
		return removed
			? new AppError(409, 'still_used', 'Other records still refer to this one.')
			: new AppError(
					409,
					'reference_missing',
					'A record this one refers to does not exist any more. Choose another.',
					fieldOf(error, code)
				);
	}
	if (code === '23514') return new AppError(400, 'invalid_value', 'A value is outside what its field allows.', fieldOf(error, code));
	if (code === '' || /^PGRST00[0-3]$/.test(code))
		return new AppError(503, 'unreachable', 'The database does not answer. Nothing was changed; try again in a moment.');
	return new AppError(500, 'unexpected', 'Something went wrong on our side. Nothing was changed; try again.', undefined, error);
}

/** The field behind a violated constraint, by the naming rule `<table>_<field>_<rule>`, or behind a not-null column. */
function fieldOf(error: DatabaseError, code: string): { field: string } | undefined {
	if (code === '23502') return pick(error.message, /column "(\w+)"/);
	if (error.hint === 'reference_not_found' && error.details) return { field: error.details };
	const constraint = /constraint "(\w+)"/.exec(error.message)?.[1];
	return constraint
		? pick(
				constraint,
				/^(?:companies|contacts|deals|organizations|profiles|pipelines|stages|teams|roles|custom_fields)_(\w+?)_(?:length|range|format|printable|check|known|key|fkey)$/
			)
		: undefined;
}

function pick(text: string, pattern: RegExp): { field: string } | undefined {
	const field = pattern.exec(text)?.[1];
	return field ? { field } : undefined;
}

function sentence(text: string): string {
	const trimmed = text.trim();
	const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
	return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** What supabase-js resolves to: data, or an error. */
type Answer = { data: unknown; error: null } | { data: unknown; error: DatabaseError };

/** The data of a supabase-js answer; its error is thrown as an AppError. */
export function unwrap<A extends Answer>(answer: A): Extract<A, { error: null }>['data'];
export function unwrap(answer: Answer): unknown {
	if (answer.error) throw toAppError(answer.error);
	return answer.data;
}

/** What the sign-in service reports. */
type AuthFailure = { code?: string | undefined; status?: number | undefined; message: string };

/** The one place that turns what Auth says into what a person reads. */
export function toAuthError(error: AuthFailure): AppError {
	switch (error.code) {
		case 'invalid_credentials':
			return new AppError(400, 'invalid_credentials', 'The e-mail address or the password is wrong.');
		case 'user_already_exists':
		case 'email_exists':
			return new AppError(409, 'already_registered', 'This e-mail address has an account already.', {
				field: 'email'
			});
		case 'weak_password':
			return new AppError(422, 'weak_password', 'This password is too easy to guess. Use at least 8 characters, better a sentence.', {
				field: 'password'
			});
		case 'email_address_invalid':
		case 'validation_failed':
			return new AppError(422, 'invalid_email', 'This e-mail address cannot be used. Check its spelling.', { field: 'email' });
		case 'email_not_confirmed':
			return new AppError(403, 'email_not_confirmed', 'Open the link in the e-mail we sent you first, then sign in.');
		case 'user_banned':
			return new AppError(403, 'user_banned', 'This account is blocked. Ask an admin of your workspace.');
		case 'signup_disabled':
		case 'email_provider_disabled':
			return new AppError(403, 'signup_disabled', 'New accounts are by invitation here. Ask an admin of your workspace.');
		case 'session_not_found':
		case 'session_expired':
		case 'refresh_token_not_found':
			return new AppError(401, 'session_ended', 'Your session has ended. Sign in again.');
		case 'insufficient_aal':
			return new AppError(403, 'insufficient_aal', 'Confirm your second factor first.');
		case 'same_password':
			return new AppError(422, 'same_password', 'This is the password you have. Choose another.', { field: 'password' });
		case 'otp_expired':
			return new AppError(400, 'link_over', 'This link was used already, has run out, or a newer letter has replaced it.');
		case 'mfa_verification_failed':
			return new AppError(400, 'wrong_code', 'This code is wrong or was used already. Wait for the next one.', { field: 'code' });
		case 'mfa_challenge_expired':
		case 'mfa_ip_address_mismatch':
			return new AppError(400, 'wrong_code', 'That took too long. Enter the code that is shown now.', { field: 'code' });
		case 'mfa_factor_name_conflict':
			return new AppError(409, 'name_taken', 'You have an authenticator of this name. Give this one another.', { field: 'name' });
		case 'too_many_enrolled_mfa_factors':
			return new AppError(422, 'too_many_factors', 'You have as many authenticators as an account may have. Remove one first.');
		case 'over_request_rate_limit':
		case 'over_email_send_rate_limit':
			return new AppError(429, 'too_many_tries', 'Too many tries. Wait a minute, then try again.');
	}
	if (error.status === 429) return new AppError(429, 'too_many_tries', 'Too many tries. Wait a minute, then try again.');
	return new AppError(503, 'auth_unreachable', 'The sign-in service does not answer. What you typed is kept; try again in a moment.');
}
