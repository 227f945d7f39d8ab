import { createClient, type AuthError, type Session, type SupabaseClient, type User } from '@supabase/supabase-js';
import type { JWK } from 'jose';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { patientFetch } from '../support/patience.ts';
import { isLocal } from './local.ts';

const { apiUrl, publishableKey, secretKey, dbUrl } = inject('platform');
// Of a project that was named not every limit can be raised.
const ask = isLocal ? fetch : patientFetch;
const memoryOnly = {
	auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
	global: { fetch: ask }
};

/** A project and how it is reached; the platform under test where none is named. */
export type Project = { apiUrl: string; publishableKey: string; secretKey: string };
const underTest: Project = { apiUrl, publishableKey, secretKey };

/** A browser or server that knows the publishable key only. Each has a memory of its own. */
export const visitor = (project = underTest): SupabaseClient => createClient(project.apiUrl, project.publishableKey, memoryOnly);

/** A visitor whose links end in a code exchange, as `@supabase/ssr` asks for. The secret of a flow stays in its memory. */
export function pkceVisitor(project = underTest): SupabaseClient {
	const memory = new Map<string, string>();
	const storage = {
		getItem: (key: string) => memory.get(key) ?? null,
		setItem: (key: string, value: string) => void memory.set(key, value),
		removeItem: (key: string) => void memory.delete(key)
	};
	return createClient(project.apiUrl, project.publishableKey, {
		...memoryOnly,
		auth: { ...memoryOnly.auth, persistSession: true, flowType: 'pkce', storage, storageKey: randomUUID() }
	});
}

/** A server that holds the secret key. */
export const operator = (project = underTest): SupabaseClient => createClient(project.apiUrl, project.secretKey, memoryOnly);

/** A connection to the platform's database as `postgres`, for looking and for moving the clock of rows. */
export const connect = (): postgres.Sql => postgres(dbUrl, { max: 2, onnotice: () => {} });

/** Somebody who has an account; `client` is signed in. */
export type Person = { email: string; password: string; client: SupabaseClient; session: Session; user: User };

/** An address nobody has used. */
export const freshEmail = (): string => `${randomUUID()}@example.test`;

/** Signs a new person up. */
export async function newPerson(data: Record<string, unknown> = {}, project = underTest): Promise<Person> {
	const email = freshEmail();
	const password = `correct horse ${randomUUID()}`;
	const client = visitor(project);
	const { session, user } = succeeded(await client.auth.signUp({ email, password, options: { data } }));
	if (!session || !user) throw new Error('sign-up gave no session');
	return { email, password, client, session, user };
}

/** Signs a person in once more, on another device. */
export async function signInAgain({
	email,
	password
}: {
	email: string;
	password: string;
}): Promise<{ client: SupabaseClient; session: Session }> {
	const client = visitor();
	const { session } = succeeded(await client.auth.signInWithPassword({ email, password }));
	return { client, session };
}

type Answer<T> = { data: T; error: null } | { data: unknown; error: AuthError };

/** The data of an answer; an error fails the test with the server's words. */
export function succeeded<T>(answer: Answer<T>): NonNullable<T> {
	if (answer.error) throw answer.error;
	if (answer.data === null || answer.data === undefined) throw new Error('an answer without data');
	return answer.data;
}

/** Status and code of an answer that must be a refusal. */
export function refusal(answer: { error: AuthError | null }): { status: number | undefined; code: string | undefined } {
	if (!answer.error) throw new Error('this should have been refused');
	return { status: answer.error.status, code: answer.error.code };
}

/** A request to the API as no library makes it. */
export function call(path: string, init: RequestInit = {}): Promise<Response> {
	return ask(`${apiUrl}${path}`, init);
}

/** The JSON object of an answer, its fields not yet known. */
export async function fieldsOf(response: Response): Promise<Record<string, unknown>> {
	const body: unknown = await response.json();
	if (typeof body !== 'object' || body === null) throw new Error(`not an object: ${String(body)}`);
	return { ...body };
}

/** Status and error code of a raw answer of Auth. */
export async function outcome(response: Response): Promise<[number, unknown]> {
	return [response.status, (await fieldsOf(response)).error_code];
}

/** The public keys of the platform. */
export async function fetchJwks(): Promise<{ keys: [JWK & { kid: string; x: string }] }> {
	const response = await call('/auth/v1/.well-known/jwks.json');
	const jwks: { keys: [JWK & { kid: string; x: string }] } = JSON.parse(await response.text());
	return jwks;
}
