/** An error as PostgREST answers it (docs: references/errors). */
export class Problem extends Error {
	readonly status: number;
	readonly code: string;
	readonly details: unknown;
	readonly hint: string | null;
	readonly headers: Record<string, string>;

	constructor(
		status: number,
		code: string,
		message: string,
		more: { details?: unknown; hint?: string | null; headers?: Record<string, string> } = {}
	) {
		super(message);
		this.name = 'Problem';
		this.status = status;
		this.code = code;
		this.details = more.details ?? null;
		this.hint = more.hint ?? null;
		this.headers = more.headers ?? {};
	}

	toResponse(): Response {
		const { code, details, hint, message, status } = this;
		return new Response(JSON.stringify({ code, details, hint, message }), {
			status,
			headers: { 'content-type': 'application/json; charset=utf-8', ...this.headers }
		});
	}
}

/** A part of the query string that cannot be read. */
export function unreadable(what: string, text: string, position: number, expected: string): Problem {
	return new Problem(400, 'PGRST100', `"failed to parse ${what} (${text})" (line 1, column ${position + 1})`, {
		details: `expecting ${expected}`
	});
}
