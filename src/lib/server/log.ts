import { getRequestEvent } from '$app/server';

/** Writes what nobody foresaw as one line of JSON, with the request it belongs to. Never put what people typed into `facts`. */
export function logProblem(problem: unknown, facts: Record<string, unknown> = {}): void {
	const thrown = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
	const cause = problem instanceof Error && problem.cause !== undefined ? { cause: problem.cause } : {};
	console.error(JSON.stringify({ level: 'error', ...requestFacts(), ...facts, thrown, ...cause }));
}

function requestFacts(): Record<string, unknown> {
	try {
		const { locals, request, url } = getRequestEvent();
		return { requestId: locals.requestId, method: request.method, path: url.pathname };
	} catch {
		return {}; // Outside a request.
	}
}
