import { availableParallelism } from 'node:os';
import type { TransactionSql } from 'postgres';
import type { AuthSettings } from '../settings/index.ts';
import { AuthError, invalid } from './errors.ts';
import { clearFlows, clearTokens } from './one-time-tokens.ts';
import { Turns } from './turns.ts';
import type { Db } from './users.ts';

/** bcrypt reads no more than this many bytes. */
const maxBytes = 72;

/** What an unknown person's password is compared with, so that the answer takes as long as for a known one. */
const nobodysHash = '$2a$10$CwTycUXWue0Thq9StjUM0uJ8Q0Zc1yGZ5b1bL9s7u5sGfJ3zqv3uO';

/** Throws weak_password (naming the broken rules) or validation_failed. Length is counted in bytes, as GoTrue does. */
export function checkStrength(password: string, settings: AuthSettings): void {
	const bytes = Buffer.byteLength(password);
	if (bytes > maxBytes) throw invalid(`Password cannot be longer than ${maxBytes} characters`);

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

/** One core is left to everything else. On two cores, 20 sign-ins at once slow reads beside them to 1.4–1.9 times (p95) instead of 6.7. */
const turns = new Turns(Math.max(1, availableParallelism() - 1));

/** A bcrypt hash of cost 10, made in PostgreSQL: hashing takes tens of milliseconds that Node's event loop must not wait. */
export async function hashPassword(sql: Db, password: string): Promise<string> {
	const [row] = await turns.take(
		() => sql<{ hash: string }[]>`select extensions.crypt(${password}, extensions.gen_salt('bf', 10)) as hash`
	);
	if (!row) throw new Error('crypt gave no row');
	return row.hash;
}

/**
 * Whether `password` is the one of `hash`. Takes as long for no hash at all (null, or not bcrypt) as for a wrong password, and no less for a hash that was
 * brought along with a lower cost.
 */
export async function passwordMatches(sql: Db, password: string, hash: string | null): Promise<boolean> {
	// $2b$ and $2y$ name the same function as pgcrypto's $2a$.
	const own = hash?.match(/^\$2[aby]\$(\d\d\$[./A-Za-z0-9]{53})$/)?.[1];
	const compared = own ? `$2a$${own}` : nobodysHash;
	const tooQuick = own !== undefined && Number(own.slice(0, 2)) < 10;
	const [row] = await turns.take(
		() => sql<{ same: boolean }[]>`
			select extensions.crypt(${password}, ${compared}) = ${compared} as same
				${tooQuick ? sql`, extensions.crypt(${password}, ${nobodysHash})` : sql``}`
	);
	return own !== undefined && row?.same === true;
}

/** Replaces a password. Whatever was mailed before stops working, as the change may mean that somebody else read it. */
export async function storePassword(tx: TransactionSql, userId: string, passwordHash: string): Promise<void> {
	await tx`update auth.users set encrypted_password = ${passwordHash}, updated_at = now() where id = ${userId}`;
	await clearTokens(tx, userId);
	await clearFlows(tx, userId);
}
