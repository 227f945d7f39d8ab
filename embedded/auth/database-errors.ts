import postgres from 'postgres';
import { AuthError, invalid } from './errors.ts';

const { PostgresError } = postgres;

/** Whether a statement failed because a row with this key is there already. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
	return error instanceof PostgresError && error.code === '23505' && error.constraint_name === constraint;
}

/** Text that PostgreSQL cannot store or that is longer than its column: the request's fault, not ours. */
const unstorable = new Set(['22001', '22021', '22P02', '22P05']);

/**
 * Any failure as the refusal the caller sees; what the caller must not see is logged. `doing` is GoTrue's sentence for a
 * statement that the database (often a trigger on auth.users) refused.
 */
export function asAuthError(error: unknown, doing: string): AuthError {
	if (error instanceof AuthError) return error;
	// JSON nested deeper than the stack, a date past the end of time.
	if (error instanceof RangeError) return invalid(`The request holds a value that cannot be stored: ${error.message}`);
	if (error instanceof PostgresError) {
		if (unstorable.has(error.code)) return invalid(`The request holds text that cannot be stored: ${error.message}`);
		console.error(`auth: ${doing}: ${error.code} ${error.message}`, error.where ?? '');
		return new AuthError(500, 'unexpected_failure', doing, { cause: error });
	}
	// A lost connection needs no stack: the next request opens another.
	const lost = error instanceof Error && 'code' in error && /^(CONNECT|ECONN)/.test(String(error.code));
	console.error('auth:', lost ? error.message : error);
	return new AuthError(500, 'unexpected_failure', 'Unexpected failure, please check server logs for more information', {
		cause: error
	});
}
