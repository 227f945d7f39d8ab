/**
 * A refusal in Postmark's form: HTTP status, numeric `ErrorCode` and a sentence
 * (https://postmarkapp.com/developer/api/overview#error-codes).
 */
export class ApiError extends Error {
	readonly status: number;
	readonly code: number;

	constructor(status: number, code: number, message: string) {
		super(message);
		this.name = 'ApiError';
		this.status = status;
		this.code = code;
	}
}

/** The request breaks a rule of the API: 422 with the code of that rule. */
export const refused = (code: number, message: string) => new ApiError(422, code, message);

/** A message that cannot be sent as it is: ErrorCode 300. */
export const invalidMessage = (message: string) => refused(300, message);

/** Postmark's answer to an error. */
export function errorResponse(error: ApiError): Response {
	const headers = { 'x-pm-apierrorcode': String(error.code) };
	return Response.json({ ErrorCode: error.code, Message: error.message }, { status: error.status, headers });
}

/** Thrown to close the connection without an answer, as a broken network would. */
export class Disconnected extends Error {}
