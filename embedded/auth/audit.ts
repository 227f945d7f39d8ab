import { randomUUID } from 'node:crypto';
import { instanceId, type Db, type User } from './users.ts';
import type { Fields } from './request.ts';

/** The actions of GoTrue's audit trail that happen here, with the kind of log each belongs to. */
const logTypes = {
	challenge_created: 'factor',
	factor_deleted: 'factor',
	factor_in_progress: 'factor',
	factor_unenrolled: 'factor',
	factor_updated: 'factor',
	login: 'account',
	logout: 'account',
	token_refreshed: 'token',
	token_revoked: 'token',
	user_confirmation_requested: 'user',
	user_deleted: 'team',
	user_invited: 'team',
	user_modified: 'user',
	user_reauthenticate_requested: 'user',
	user_recovery_requested: 'user',
	user_repeated_signup: 'user',
	user_signedup: 'team',
	user_updated_password: 'user',
	verification_attempted: 'factor'
} as const;

/** Who acted: a person, or the holder of the secret key. */
export type Actor = User | 'service_role';

/** Adds an entry to auth.audit_log_entries in GoTrue's form (internal/models/audit_log_entry.go). */
export async function recordAudit(
	db: Db,
	actor: Actor,
	action: keyof typeof logTypes,
	options: { ip: string | null; traits?: Fields }
): Promise<void> {
	const payload: Fields = {
		action,
		log_type: logTypes[action],
		actor_id: actor === 'service_role' ? instanceId : actor.id,
		actor_username: actor === 'service_role' ? actor : actor.email,
		actor_via_sso: false,
		traits: options.traits
	};
	if (actor !== 'service_role' && typeof actor.userMetadata.full_name === 'string') {
		payload.actor_name = actor.userMetadata.full_name;
	}
	await db`
		insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
		values (${instanceId}, ${randomUUID()}, ${JSON.stringify(payload)}::text::json, now(), ${options.ip ?? ''})`;
}
