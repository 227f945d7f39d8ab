import type { TransactionSql } from 'postgres';
import { recordAudit } from './audit.ts';
import type { AuthContext } from './context.ts';
import { isUniqueViolation } from './database-errors.ts';
import { AuthError } from './errors.ts';
import type { AuthRequest } from './request.ts';
import { json, mergeMetadata, type Db, type User } from './users.ts';

/** Somebody else has this address. */
export const emailTaken = () => new AuthError(422, 'email_exists', 'A user with this email address has already been registered');

/** Marks a person's address as theirs, in their row, metadata and identity. */
export async function confirmEmail(tx: TransactionSql, user: User): Promise<void> {
	await tx`
		update auth.users set
			email_confirmed_at = now(), confirmation_token = '', updated_at = now(),
			raw_user_meta_data = ${json(tx, mergeMetadata(user.userMetadata, { email_verified: true }))}
		where id = ${user.id}`;
	await tx`
		update auth.identities set identity_data = identity_data || '{"email_verified": true}', updated_at = now()
		where user_id = ${user.id} and provider = 'email' and email = ${user.email}`;
}

/** Gives a person another address, in their row and their e-mail identity, which is made where there was none. */
export async function moveToEmail(db: Db, userId: string, email: string, verified: boolean): Promise<void> {
	try {
		await db`update auth.users set email = ${email}, updated_at = now() where id = ${userId}`;
	} catch (error) {
		if (isUniqueViolation(error, 'users_email_partial_key')) throw emailTaken();
		throw error;
	}
	await db`
		insert into auth.identities as i (provider_id, user_id, identity_data, provider, created_at, updated_at)
		values (${userId}, ${userId}, ${json(db, { sub: userId, email, email_verified: verified })}, 'email', now(), now())
		on conflict (provider_id, provider) do update
			set identity_data = i.identity_data || excluded.identity_data, updated_at = now()`;
}

/**
 * One mailbox agrees to a change of address. True when the change is made: at the second agreement, or at once where settings ask for one only. GoTrue asks
 * for one wherever new addresses need no confirmation, whatever `double_confirm_changes` says: that would let the present mailbox alone give it away. That the new address is taken shows only here, to whoever reads its mail.
 */
export async function confirmEmailChange(
	auth: AuthContext,
	tx: TransactionSql,
	request: AuthRequest,
	user: User,
	by: 'email_change_token_new' | 'email_change_token_current'
): Promise<boolean> {
	if (auth.settings.email.doubleConfirmChanges && user.email !== '' && user.emailChangeConfirmStatus === 0) {
		await tx`update auth.users set email_change_confirm_status = 1, ${tx(by)} = '', updated_at = now() where id = ${user.id}`;
		return false;
	}
	await recordAudit(tx, user, 'user_modified', { ip: request.ip });
	await moveToEmail(tx, user.id, user.emailChange, true);
	if (!user.emailConfirmedAt) await confirmEmail(tx, { ...user, email: user.emailChange });
	await tx`update auth.users set email_change = '', email_change_confirm_status = 0 where id = ${user.id}`;
	return true;
}
