import type { EmailOtpType } from '@supabase/supabase-js';
import type { RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import { sixDigits } from '$lib/access/sign-in';
import { parse } from '$lib/server/answer';
import { AppError, toAuthError } from '$lib/server/errors';
import { createUnkeptClient } from '$lib/server/supabase';

/** What a letter of Auth is for. */
export const letterTypes = ['signup', 'invite', 'recovery', 'magiclink', 'email_change'] as const satisfies EmailOtpType[];
export type LetterType = (typeof letterTypes)[number];

export const isLetterType = (text: string | null): text is LetterType => letterTypes.some((known) => known === text);

const byLink = z.object({ type: z.enum(letterTypes), token_hash: z.string().min(1).max(200) });
const byCode = z.object({ type: z.enum(letterTypes), email: z.email(), code: sixDigits });

/**
 * Uses up the link or code of a letter. `signed-in`: this browser has a session now. A change of address opens none, because whoever reads that letter
 * need not be who asked: it is `half` done after the first mailbox and `moved` after the second. Throws AppError.
 */
export async function useLetter(event: RequestEvent, form: Record<string, FormDataEntryValue>): Promise<'signed-in' | 'half' | 'moved'> {
	const given = 'token_hash' in form ? parse(byLink, form) : parse(byCode, form);
	const client = given.type === 'email_change' ? createUnkeptClient(event) : event.locals.supabase;
	const { data, error } = await client.auth.verifyOtp(
		'token_hash' in given ? { type: given.type, token_hash: given.token_hash } : { type: given.type, email: given.email, token: given.code }
	);
	if (error?.code === 'otp_expired' && 'code' in given)
		throw new AppError(400, 'wrong_code', 'This code is wrong, was used already, or a newer letter has replaced it.', { field: 'code' });
	if (error) throw toAuthError(error);
	if (given.type !== 'email_change') return 'signed-in';
	if (!data.session) return 'half';
	await client.auth.signOut({ scope: 'local' });
	return 'moved';
}
