import { randomUUID } from 'node:crypto';
import type { ISql } from 'postgres';
import { AuthError } from './errors.ts';
import { isFields, type Fields } from './request.ts';

/** A connection or a transaction. */
export type Db = ISql;

/** GoTrue serves only rows of this instance: a seed that leaves instance_id empty makes people who cannot sign in. */
export const instanceId = '00000000-0000-0000-0000-000000000000';

/** The audience of every person and token here. */
export const audience = 'authenticated';

/** A row of auth.users with its identities. */
export type User = {
	id: string;
	aud: string;
	role: string;
	email: string;
	phone: string;
	encryptedPassword: string | null;
	emailConfirmedAt: Date | null;
	phoneConfirmedAt: Date | null;
	confirmedAt: Date | null;
	invitedAt: Date | null;
	confirmationSentAt: Date | null;
	recoverySentAt: Date | null;
	/** The address they want to move to, '' for none. */
	emailChange: string;
	emailChangeSentAt: Date | null;
	/** How many of the two mailboxes have agreed: 0 or 1. */
	emailChangeConfirmStatus: number;
	reauthenticationSentAt: Date | null;
	lastSignInAt: Date | null;
	appMetadata: Fields;
	userMetadata: Fields;
	createdAt: Date;
	updatedAt: Date;
	bannedUntil: Date | null;
	deletedAt: Date | null;
	isAnonymous: boolean;
	identities: Identity[];
	factors: Factor[];
};

/** A second factor; here always `totp`. */
export type Factor = {
	id: string;
	friendlyName: string;
	factorType: string;
	status: 'unverified' | 'verified';
	createdAt: Date;
	updatedAt: Date;
	lastChallengedAt: Date | null;
};

/** One way in which a person signs in; here always `email`. */
export type Identity = {
	id: string;
	providerId: string;
	provider: string;
	identityData: Fields;
	lastSignInAt: Date | null;
	createdAt: Date;
	updatedAt: Date;
	email: string | null;
};

type UserRow = {
	id: string;
	aud: string | null;
	role: string | null;
	email: string | null;
	phone: string | null;
	encrypted_password: string | null;
	email_confirmed_at: Date | null;
	phone_confirmed_at: Date | null;
	confirmed_at: Date | null;
	invited_at: Date | null;
	confirmation_sent_at: Date | null;
	recovery_sent_at: Date | null;
	email_change: string | null;
	email_change_sent_at: Date | null;
	email_change_confirm_status: number | null;
	reauthentication_sent_at: Date | null;
	last_sign_in_at: Date | null;
	raw_app_meta_data: Fields | null;
	raw_user_meta_data: Fields | null;
	created_at: Date;
	updated_at: Date;
	banned_until: Date | null;
	deleted_at: Date | null;
	is_anonymous: boolean;
	unreadable: boolean;
};

type FactorRow = {
	id: string;
	user_id: string;
	friendly_name: string | null;
	factor_type: string;
	status: 'unverified' | 'verified';
	created_at: Date;
	updated_at: Date;
	last_challenged_at: Date | null;
};

type IdentityRow = {
	id: string;
	user_id: string;
	provider_id: string;
	provider: string;
	identity_data: Fields;
	last_sign_in_at: Date | null;
	created_at: Date;
	updated_at: Date;
	email: string | null;
};

/** Hosted Auth cannot read such a row either; better to learn it here than after a deploy. */
function refuseUnreadable(rows: readonly UserRow[]): void {
	const unreadable = rows.find((row) => row.unreadable);
	if (!unreadable) return;
	const empty = 'confirmation_token, recovery_token, email_change and email_change_token_new';
	console.error(`auth.users ${unreadable.id}: ${empty} must be '', not null.`);
	throw new AuthError(500, 'unexpected_failure', 'Database error querying schema');
}

async function withRelations(db: Db, rows: readonly UserRow[]): Promise<User[]> {
	const ids = rows.map((row) => row.id);
	const [identities, factors] = await Promise.all([
		db<IdentityRow[]>`
			select id, user_id, provider_id, provider, identity_data, last_sign_in_at, created_at, updated_at, email
			from auth.identities where user_id = any(${ids}::uuid[]) order by created_at, id`,
		db<FactorRow[]>`
			select id, user_id, friendly_name, factor_type, status, created_at, updated_at, last_challenged_at
			from auth.mfa_factors where user_id = any(${ids}::uuid[]) order by created_at, id`
	]);
	return rows.map((row) => ({
		id: row.id,
		aud: row.aud ?? '',
		role: row.role ?? '',
		email: row.email ?? '',
		phone: row.phone ?? '',
		encryptedPassword: row.encrypted_password || null,
		emailConfirmedAt: row.email_confirmed_at,
		phoneConfirmedAt: row.phone_confirmed_at,
		confirmedAt: row.confirmed_at,
		invitedAt: row.invited_at,
		confirmationSentAt: row.confirmation_sent_at,
		recoverySentAt: row.recovery_sent_at,
		emailChange: row.email_change ?? '',
		emailChangeSentAt: row.email_change_sent_at,
		emailChangeConfirmStatus: row.email_change_confirm_status ?? 0,
		reauthenticationSentAt: row.reauthentication_sent_at,
		lastSignInAt: row.last_sign_in_at,
		appMetadata: isFields(row.raw_app_meta_data) ? row.raw_app_meta_data : {},
		userMetadata: isFields(row.raw_user_meta_data) ? row.raw_user_meta_data : {},
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		bannedUntil: row.banned_until,
		deletedAt: row.deleted_at,
		isAnonymous: row.is_anonymous,
		identities: identities
			.filter((identity) => identity.user_id === row.id)
			.map((identity) => ({
				id: identity.id,
				providerId: identity.provider_id,
				provider: identity.provider,
				identityData: identity.identity_data,
				lastSignInAt: identity.last_sign_in_at,
				createdAt: identity.created_at,
				updatedAt: identity.updated_at,
				email: identity.email
			})),
		factors: factors
			.filter((factor) => factor.user_id === row.id)
			.map((factor) => ({
				id: factor.id,
				friendlyName: factor.friendly_name ?? '',
				factorType: factor.factor_type,
				status: factor.status,
				createdAt: factor.created_at,
				updatedAt: factor.updated_at,
				lastChallengedAt: factor.last_challenged_at
			}))
	}));
}

function columns(db: Db) {
	return db`id, aud, role, email, phone, encrypted_password, email_confirmed_at, phone_confirmed_at, confirmed_at,
		invited_at, confirmation_sent_at, recovery_sent_at, email_change, email_change_sent_at,
		email_change_confirm_status, reauthentication_sent_at, last_sign_in_at, raw_app_meta_data, raw_user_meta_data,
		created_at, updated_at, banned_until, deleted_at, is_anonymous,
		(confirmation_token is null or recovery_token is null or email_change is null or email_change_token_new is null)
			as unreadable`;
}

/** The person with this lower-case e-mail address. */
export async function findByEmail(db: Db, email: string): Promise<User | undefined> {
	const rows = await db<UserRow[]>`
		select ${columns(db)} from auth.users
		where instance_id = ${instanceId} and lower(email) = ${email} and aud = ${audience} and not is_sso_user`;
	refuseUnreadable(rows);
	return (await withRelations(db, rows))[0];
}

/**
 * The person with this id; `lock` holds the row until the transaction ends. Every transaction that writes anything of a person locks their row before all
 * else, so that no two wait for each other, and judges what it read only after that.
 */
export async function findById(db: Db, id: string, options?: { lock: boolean }): Promise<User | undefined> {
	const rows = await db<UserRow[]>`
		select ${columns(db)} from auth.users where instance_id = ${instanceId} and id = ${id}
		${options?.lock ? db`for no key update` : db``}`;
	refuseUnreadable(rows);
	return (await withRelations(db, rows))[0];
}

/** One page of people, newest first, and how many there are in all. `filter`: a part of their address or full name, as in GoTrue. */
export async function listUsers(db: Db, page: number, perPage: number, filter = ''): Promise<{ users: User[]; total: number }> {
	const part = `%${filter.replace(/[\\%_]/g, '\\$&')}%`;
	const wanted = db`instance_id = ${instanceId} and aud = ${audience}
		${filter === '' ? db`` : db`and (email like ${part} or raw_user_meta_data ->> 'full_name' ilike ${part})`}`;
	const rows = await db<UserRow[]>`
		select ${columns(db)} from auth.users where ${wanted} order by created_at desc, id limit ${perPage} offset ${(page - 1) * perPage}`;
	const [counted] = await db<{ total: number }[]>`select count(*)::int as total from auth.users where ${wanted}`;
	return { users: await withRelations(db, rows), total: counted?.total ?? 0 };
}

/** What a new person is made of. `email` is lower-case, `passwordHash` bcrypt, or '' for somebody who has no password yet. */
export type NewUser = {
	id?: string;
	email: string;
	passwordHash: string;
	role: string;
	confirmed: boolean;
	appMetadata: Fields;
	userMetadata: Fields;
	/** What the e-mail identity says besides sub and e-mail. */
	identityData: Fields;
};

/** Inserts a person and their e-mail identity. Throws the database's unique violation when the address is taken. */
export async function insertUser(db: Db, user: NewUser): Promise<User> {
	const id = user.id ?? randomUUID();
	const appMetadata = { provider: 'email', providers: ['email'], ...user.appMetadata };
	const userMetadata = user.confirmed ? { ...user.userMetadata, email_verified: true } : user.userMetadata;
	await db`
		insert into auth.users (
			instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
			raw_user_meta_data, created_at, updated_at, confirmation_token, recovery_token, email_change,
			email_change_token_new
		) values (
			${instanceId}, ${id}, ${audience}, ${user.role}, ${user.email}, ${user.passwordHash},
			${user.confirmed ? db`now()` : null}, ${json(db, appMetadata)}, ${json(db, userMetadata)}, now(), now(),
			'', '', '', ''
		)`;
	const identityData = { ...user.identityData, email_verified: false, phone_verified: false, sub: id, email: user.email };
	await db`
		insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
		values (${id}, ${id}, ${json(db, identityData)}, 'email', now(), now(), now())`;
	// Triggers may have changed the row.
	const made = await findById(db, id);
	if (!made) throw new Error('a new user vanished inside its own transaction');
	return made;
}

/** A jsonb parameter. Only values read from JSON get here, so the text is always valid. */
export function json(db: Db, value: Fields) {
	return db`${JSON.stringify(value)}::text::jsonb`;
}

/** Metadata after an update: keys with null go, others are set, the rest stays (GoTrue's UpdateUserMetaData). */
export function mergeMetadata(current: Fields, updates: Fields): Fields {
	const merged = { ...current, ...updates };
	return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** Whether a ban is in force now. */
export function isBanned(user: User): boolean {
	return user.bannedUntil !== null && user.bannedUntil.getTime() > Date.now();
}
