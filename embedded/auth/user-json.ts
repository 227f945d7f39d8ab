import type { Fields } from './request.ts';
import type { Factor, User } from './users.ts';

/** A second factor as the API shows it; its secret is told once, when it is made. */
export function factorJson(factor: Factor): Fields {
	return {
		id: factor.id,
		created_at: factor.createdAt,
		updated_at: factor.updatedAt,
		status: factor.status,
		friendly_name: factor.friendlyName || undefined,
		factor_type: factor.factorType,
		last_challenged_at: factor.lastChallengedAt ?? undefined
	};
}

/** A person as the API shows them: GoTrue's field names and order, empty optional fields left out. */
export function userJson(user: User): Fields {
	const shown: Fields = {
		id: user.id,
		aud: user.aud,
		role: user.role,
		email: user.email,
		email_confirmed_at: user.emailConfirmedAt ?? undefined,
		invited_at: user.invitedAt ?? undefined,
		phone: user.phone,
		phone_confirmed_at: user.phoneConfirmedAt ?? undefined,
		confirmation_sent_at: user.confirmationSentAt ?? undefined,
		confirmed_at: user.confirmedAt ?? undefined,
		recovery_sent_at: user.recoverySentAt ?? undefined,
		new_email: user.emailChange || undefined,
		email_change_sent_at: user.emailChangeSentAt ?? undefined,
		reauthentication_sent_at: user.reauthenticationSentAt ?? undefined,
		last_sign_in_at: user.lastSignInAt ?? undefined,
		app_metadata: user.appMetadata,
		user_metadata: user.userMetadata,
		factors: user.factors.length > 0 ? user.factors.map(factorJson) : undefined,
		identities: user.identities.map((identity) => ({
			identity_id: identity.id,
			id: identity.providerId,
			user_id: user.id,
			identity_data: identity.identityData,
			provider: identity.provider,
			last_sign_in_at: identity.lastSignInAt ?? undefined,
			created_at: identity.createdAt,
			updated_at: identity.updatedAt,
			email: identity.email ?? undefined
		})),
		created_at: user.createdAt,
		updated_at: user.updatedAt,
		banned_until: user.bannedUntil ?? undefined,
		deleted_at: user.deletedAt ?? undefined,
		is_anonymous: user.isAnonymous
	};
	return shown;
}
