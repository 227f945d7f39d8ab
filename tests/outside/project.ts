import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { given } from './checks.ts';

const need = (name: string): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is missing: scripts/test-outside.mjs sets it`);
	return value;
};

/** Where the outside app's code lies; read, never run from there. */
export const checkout = need('CHECKOUT');
export const apiUrl = need('SUPABASE_URL');
export const publishableKey = need('SUPABASE_PUBLISHABLE_KEY');
const mailUrl = need('MAIL_URL');

/** Its database as role `postgres`, to compare the API's answers with. */
export const sql = postgres(need('SUPABASE_DB_URL'), { max: 1, onnotice: () => {} });

/** A browser of somebody, with a memory of its own. */
export const visitor = (): SupabaseClient =>
	createClient(apiUrl, publishableKey, { auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false } });

export type Person = { client: SupabaseClient; email: string; password: string; userId: string };

/** Somebody who signs up as the app's form does. */
export async function signUp(firstName: string, lastName: string): Promise<Person> {
	const client = visitor();
	const [email, password] = [`${firstName.toLowerCase()}@outside.test`, 'correct horse battery'];
	const options = { data: { first_name: firstName, last_name: lastName } };
	const { user } = given(await client.auth.signUp({ email, password, options }));
	if (!user) throw new Error('sign-up gave no user');
	return { client, email, password, userId: user.id };
}

/** The subjects of the letters in somebody's mailbox. */
export async function lettersTo(email: string): Promise<string[]> {
	const answer = await fetch(`${mailUrl}/api/messages?recipient=${encodeURIComponent(email)}`);
	const { messages }: { messages: { subject: string }[] } = JSON.parse(await answer.text());
	return messages.map(({ subject }) => subject);
}
