import type { AuthSettings } from '../settings.ts';
import { AuthError, invalid } from './errors.ts';
import type { Db } from './users.ts';

/** bcrypt reads no more than this many bytes. */
const maxBytes = 72;

/** What an unknown person's password is compared with, so that the answer takes as long as for a known one. */
const nobodysHash = '$2a$10$CwTycUXWue0Thq9StjUM0uJ8Q0Zc1yGZ5b1bL9s7u5sGfJ3zqv3uO';

/** Throws weak_password (naming the broken rules) or validation_failed. Length is counted in bytes, as GoTrue does. */
export function checkStrength(password: string, settings: AuthSettings): void {
	const bytes = Buffer.byteLength(password);
	if (bytes > maxBytes) throw invalid(`Password cannot be longer than ${maxBytes} characters`);
	if (password.includes('\0')) throw invalid('Password must not hold the character U+0000');

	const broken: { reason: string; sentence: string }[] = [];
	if (bytes < settings.minimumPasswordLength) {
		broken.push({
			reason: 'length',
			sentence: `Password should be at least ${settings.minimumPasswordLength} characters.`
		});
	}
	const holdsOneOf = (characters: string) => Array.from(password).some((character) => characters.includes(character));
	if (!settings.passwordCharacters.every(holdsOneOf)) {
		broken.push({
			reason: 'characters',
			sentence: `Password should contain at least one character of each: ${settings.passwordCharacters.join(', ')}.`
		});
	}
	if (broken.length > 0) {
		throw new AuthError(422, 'weak_password', broken.map(({ sentence }) => sentence).join(' '), {
			reasons: broken.map(({ reason }) => reason)
		});
	}
}

/** A bcrypt hash of cost 10, made in PostgreSQL: hashing takes tens of milliseconds that Node's event loop must not wait. */
export async function hashPassword(sql: Db, password: string): Promise<string> {
	const [row] = await sql<{ hash: string }[]>`
		select extensions.crypt(${password}, extensions.gen_salt('bf', 10)) as hash`;
	if (!row) throw new Error('crypt gave no row');
	return row.hash;
}

/**
 * Whether `password` is the one of `hash`. Takes as long for no hash at all (null, or not bcrypt) as for a wrong password.
 */
export async function passwordMatches(sql: Db, password: string, hash: string | null): Promise<boolean> {
	// $2b$ and $2y$ name the same function as pgcrypto's $2a$.
	const own = hash?.match(/^\$2[aby]\$(\d\d\$[./A-Za-z0-9]{53})$/)?.[1];
	const compared = own ? `$2a$${own}` : nobodysHash;
	const [row] = await sql<{ same: boolean }[]>`
		select extensions.crypt(${password.replaceAll('\0', '')}, ${compared}) = ${compared} as same`;
	return own !== undefined && !password.includes('\0') && row?.same === true;
}

/** Replaces a password. Links mailed for the old one stop working, as the change may mean it was stolen. */
export async function storePassword(db: Db, userId: string, passwordHash: string): Promise<void> {
	await db`
		update auth.users set
			encrypted_password = ${passwordHash}, updated_at = now(),
			confirmation_token = '', recovery_token = '', email_change_token_new = '', email_change_token_current = '',
			reauthentication_token = '', phone_change_token = ''
		where id = ${userId}`;
	await db`delete from auth.one_time_tokens where user_id = ${userId}`;
}
