import { z } from 'zod';

const email = z
	.string()
	.trim()
	.toLowerCase()
	.max(254, 'This address is too long.')
	.pipe(z.email('Write a full e-mail address, such as name@company.com.'));
const workspace = z.string().trim().min(1, 'Give the workspace a name, usually your company’s.').max(80, 'At most 80 characters.');
const currency = z
	.string()
	.trim()
	.toUpperCase()
	.regex(/^[A-Z]{3}$/, 'Choose a currency.');
// bcrypt reads 72 bytes; a longer password would be silently cut, so it is refused.
const fitsBcrypt = (text: string) => new TextEncoder().encode(text).length <= 72;

const newPassword = z.string().min(8, 'Use at least 8 characters.').refine(fitsBcrypt, 'At most 72 bytes; shorten it a little.');
const fullName = z.string().trim().min(1, 'Tell your colleagues who you are.').max(120, 'At most 120 characters.');

export const signInForm = z.object({ email, password: z.string().min(1, 'Type your password.') });

export const signUpForm = z.object({
	name: fullName,
	email,
	password: newPassword,
	workspace,
	currency
});

export const workspaceForm = z.object({ workspace, currency });

/** What a new person who was invited says of themselves. */
export const joinForm = z.object({ name: fullName, password: newPassword });

export const recoverForm = z.object({ email });

/** A change of password; `current` is empty where the mailbox has just proved the person. */
export const passwordForm = z.object({ current: z.string(), password: newPassword });

export const addressForm = z.object({ email, current: z.string().min(1, 'Type your password.') });

/** Codes of authenticators and letters: six digits, however people space them. */
export const sixDigits = z
	.string()
	.transform((text) => text.replace(/\s/g, ''))
	.pipe(z.string().regex(/^\d{6}$/, 'A code has six digits.'));
