import { getRequestEvent } from '$app/server';
import { error, fail, isHttpError, isRedirect, json, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import type { z } from 'zod';
import type { FormProblem } from '$lib/ui/form-problem';
import { leadToSignIn } from './door';
import { AppError } from './errors';
import { logProblem } from './log';

/** Runs a page's load; an AppError becomes the error page with its status and sentence. */
export async function forPage<T>(load: () => Promise<T>): Promise<T> {
	try {
		return await load();
	} catch (problem) {
		const known = expected(problem);
		leadToSignIn(getRequestEvent(), known.code);
		error(known.status, { message: known.message, code: known.code, requestId: getRequestEvent().locals.requestId });
	}
}

/** Runs a form action; an AppError becomes a failure beside the field it names, with the typed values kept. */
export async function forForm<T, K extends object>(
	kept: K,
	act: () => Promise<T>
): Promise<T | ActionFailure<K & { problem: FormProblem }>> {
	try {
		return await act();
	} catch (problem) {
		const known = expected(problem);
		leadToSignIn(getRequestEvent(), known.code);
		return fail(known.status, { ...kept, problem: formProblem(known) });
	}
}

/** The error to show. Redirects and Kit's own errors pass through; a bug is logged and becomes a plain sentence. */
function expected(problem: unknown): AppError {
	if (isRedirect(problem) || isHttpError(problem)) throw problem;
	const known =
		problem instanceof AppError
			? problem
			: new AppError(500, 'unexpected', 'Something went wrong on our side. What you typed is kept; try again.', undefined, problem);
	if (known.code === 'unexpected') logProblem(known);
	return known;
}

function formProblem(problem: AppError): FormProblem {
	const { details } = problem;
	const field =
		typeof details === 'object' && details !== null && 'field' in details && typeof details.field === 'string' ? details.field : null;
	const many = typeof details === 'object' && details !== null && 'errors' in details ? stringsOf(details.errors) : {};
	if (Object.keys(many).length > 0) return { message: null, code: problem.code, errors: many };
	return { message: field ? null : problem.message, code: problem.code, errors: field ? { [field]: problem.message } : {} };
}

function stringsOf(value: unknown): Record<string, string> {
	return typeof value === 'object' && value !== null
		? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
		: {};
}

/** Checks input against a schema. Throws 400 with one sentence per field in `details.errors`. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	const errors: Record<string, string> = {};
	for (const issue of result.error.issues) errors[issue.path.join('.') || 'form'] ??= issue.message;
	const first = Object.values(errors)[0] ?? 'Some values are not valid.';
	throw new AppError(400, 'invalid_input', first, { errors });
}

/** Wraps a JSON endpoint: what it returns is sent as JSON, an AppError as `{error: {code, message, details?}}` with its status. Never cached. */
export function endpoint<E extends RequestEvent>(handle: (event: E) => Promise<unknown>): (event: E) => Promise<Response> {
	return async (event) => {
		try {
			const answer = await handle(event);
			return answer instanceof Response ? answer : json(answer ?? null, { headers: { 'cache-control': 'no-store' } });
		} catch (problem) {
			return errorResponse(expected(problem));
		}
	};
}

/** An AppError as an HTTP answer. */
export function errorResponse({ status, code, message, details }: AppError): Response {
	return json(
		{ error: { code, message, ...(details === undefined ? {} : { details }) } },
		{ status, headers: { 'cache-control': 'no-store' } }
	);
}
