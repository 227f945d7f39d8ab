/** What the platform itself answers when a function does not, as hosted does: Supabase's docs, "Edge Functions: error codes". */
const answers = {
	NOT_FOUND: { status: 404, message: 'Requested function was not found' },
	METHOD_NOT_ALLOWED: { status: 405, message: 'Method not allowed' },
	UNAUTHORIZED_NO_AUTH_HEADER: { status: 401, message: 'Missing authorization header' },
	UNAUTHORIZED_INVALID_JWT_FORMAT: { status: 401, message: 'Invalid JWT' },
	UNAUTHORIZED_ASYMMETRIC_JWT: { status: 401, message: 'Invalid JWT' },
	UNAUTHORIZED_LEGACY_JWT: { status: 401, message: 'Invalid JWT' },
	UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM: { status: 401, message: 'Unsupported JWT algorithm' },
	BOOT_ERROR: { status: 503, message: 'Function failed to start (please check logs)' },
	WORKER_ERROR: { status: 500, message: 'Function exited due to an error (please check logs)' },
	WORKER_RESOURCE_LIMIT: {
		status: 546,
		message: 'Function failed due to not having enough compute resources (please check logs)'
	},
	IDLE_TIMEOUT: { status: 504, message: 'Request idle timeout limit reached' }
};

/** A reason why the platform answers in a function's place. */
export type AnswerCode = keyof typeof answers;

/** The platform's answer for a reason: its status, `{code, message}` and the code once more in `sb-error-code`. */
export function refuse(code: AnswerCode, message = answers[code].message): Response {
	return Response.json(
		{ code, message },
		{ status: answers[code].status, headers: { 'sb-error-code': code, 'x-served-by': 'supabase-edge-runtime' } }
	);
}
