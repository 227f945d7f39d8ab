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

export const signInForm = z.object({ email, password: z.string().min(1, 'Type your password.') });

export const signUpForm = z.object({
	name: z.string().trim().min(1, 'Tell your colleagues who you are.').max(120, 'At most 120 characters.'),
	email,
	password: z.string().min(8, 'Use at least 8 characters.').refine(fitsBcrypt, 'At most 72 bytes; shorten it a little.'),
	workspace,
	currency
});

export const workspaceForm = z.object({ workspace, currency });
