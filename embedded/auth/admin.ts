import { createHash } from 'node:crypto';
import { recordAudit } from './audit.ts';
import type { AuthContext } from './context.ts';
import { confirmEmail, emailTaken, moveToEmail } from './confirmations.ts';
import { isUniqueViolation } from './database-errors.ts';
import { AuthError, invalid } from './errors.ts';
import { clearFlows, clearTokens } from './one-time-tokens.ts';
import { checkStrength, hashPassword, storePassword } from './passwords.ts';
import { emailAddress, flagField, objectField, textField, type AuthRequest, type Fields } from './request.ts';
import { isUuid } from './session-guard.ts';
import { endSessions } from './sessions.ts';
import { userJson } from './user-json.ts';
import { audience, findByEmail, findById, insertUser, json, listUsers, mergeMetadata, type Db, type User } from './users.ts';

/** Seconds of a Go duration such as `24h` or `1h30m`; `none` is 0, which lifts a ban. */
function banSeconds(duration: string): number | undefined {
	if (duration === '') return undefined;
	if (duration === 'none') return 0;
	const secondsOf: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
	const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
	if (parts.length === 0 || parts.map(([part]) => part).join('') !== duration) {
		throw invalid(`invalid format for ban duration: time: invalid duration "${duration}"`);
	}
	return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (secondsOf[unit ?? ''] ?? 0), 0);
}

async function ban(db: Db, userId: string, seconds: number): Promise<void> {
	const until = seconds === 0 ? null : new Date(Date.now() + seconds * 1000);
	await db`update auth.users set banned_until = ${until}, updated_at = now() where id = ${userId}`;
}

function refusePhone(body: Fields): void {
	if (textField(body, 'phone') !== '') throw invalid('Phone numbers are not supported by the embedded platform');
}

async function requestedPasswordHash(auth: AuthContext, body: Fields): Promise<string> {
	const password = textField(body, 'password');
	const given = textField(body, 'password_hash');
	if (password !== '' && given !== '') throw invalid('Only a password or a password hash should be provided');
	if (given !== '') {
		// A dearer hash would take longer than nobody's, and tell at every sign-in who has an account.
		if (!/^\$2[aby]\$(0[4-9]|10)\$[./A-Za-z0-9]{53}$/.test(given)) throw invalid('password_hash must be a bcrypt hash of cost 4 to 10');
		return given;
	}
	if (Buffer.byteLength(password) > 72) throw invalid('Password cannot be longer than 72 characters');
	// Without a password nobody can sign in with one until it is set.
	return password === '' ? '' : hashPassword(auth.sql, password);
}

/** POST /admin/users. */
export async function createUser(auth: AuthContext, { body, ip }: AuthRequest): Promise<Fields> {
	refusePhone(body);
	if (textField(body, 'email') === '') throw invalid('Cannot create a user without either an email or phone');
	const email = emailAddress(textField(body, 'email'));
	const id = textField(body, 'id');
	if (id !== '' && !isUuid(id)) throw invalid('ID must conform to the uuid v4 format');
	const bannedFor = banSeconds(textField(body, 'ban_duration'));
	if (await findByEmail(auth.sql, email)) throw emailTaken();
	const passwordHash = await requestedPasswordHash(auth, body);
	try {
		return await auth.sql.begin(async (tx) => {
			const user = await insertUser(tx, {
				...(id === '' ? {} : { id }),
				email,
				passwordHash,
				role: textField(body, 'role') || 'authenticated',
				confirmed: flagField(body, 'email_confirm'),
				appMetadata: objectField(body, 'app_metadata') ?? {},
				userMetadata: objectField(body, 'user_metadata') ?? {},
				identityData: {}
			});
			if (bannedFor !== undefined) await ban(tx, user.id, bannedFor);
			await recordAudit(tx, 'service_role', 'user_signedup', {
				ip,
				traits: { user_id: user.id, user_email: user.email, provider: 'email' }
			});
			return userJson((await findById(tx, user.id)) ?? user);
		});
	} catch (error) {
		if (isUniqueViolation(error, 'users_email_partial_key')) throw emailTaken();
		throw error;
	}
}

function pageNumber(url: URL, name: string, fallback: number): number {
	const text = url.searchParams.get(name) || String(fallback);
	if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw invalid(`Bad Pagination Parameters: ${name} must be a positive whole number`);
	return Number(text);
}

/** GET /admin/users?page&per_page&filter, newest first, with the total and the neighbouring pages in headers. */
export async function showUsers(auth: AuthContext, { url }: AuthRequest): Promise<Response> {
	const page = pageNumber(url, 'page', 1);
	const perPage = pageNumber(url, 'per_page', 50);
	const { users, total } = await listUsers(auth.sql, page, perPage, url.searchParams.get('filter') ?? '');
	const lastPage = Math.ceil(total / perPage);
	const link = (number: number, rel: string) => {
		const target = new URLSearchParams(url.searchParams);
		target.set('page', String(number));
		return `<${url.pathname}?${target}>; rel="${rel}"`;
	};
	const links = [...(page < lastPage ? [link(page + 1, 'next')] : []), link(lastPage, 'last')];
	return Response.json(
		{ users: users.map(userJson), aud: audience },
		{ headers: { 'x-total-count': String(total), link: links.join(', ') } }
	);
}

/** The person of an id in the path. Throws 404. */
export async function wantedUser(db: Db, id: string, options?: { lock: boolean }): Promise<User> {
	if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID');
	const user = await findById(db, id, options);
	if (!user) throw new AuthError(404, 'user_not_found', 'User not found');
	return user;
}

/** GET /admin/users/:id. */
export async function showAnyUser(auth: AuthContext, id: string): Promise<Fields> {
	return userJson(await wantedUser(auth.sql, id));
}

/** PUT /admin/users/:id. A new password ends all sessions of the person. */
export async function updateAnyUser(auth: AuthContext, { body, ip }: AuthRequest, id: string): Promise<Fields> {
	await wantedUser(auth.sql, id);
	refusePhone(body);
	const email = textField(body, 'email') === '' ? undefined : emailAddress(textField(body, 'email'));
	const password = textField(body, 'password');
	if (password !== '') checkStrength(password, auth.settings);
	const passwordHash = password === '' ? undefined : await hashPassword(auth.sql, password);
	const bannedFor = banSeconds(textField(body, 'ban_duration'));
	const role = textField(body, 'role').trim();
	const confirm = flagField(body, 'email_confirm');
	const appMetadata = objectField(body, 'app_metadata');
	const userMetadata = objectField(body, 'user_metadata');
	return auth.sql.begin(async (tx) => {
		const user = await wantedUser(tx, id, { lock: true });
		if (role !== '') await tx`update auth.users set role = ${role} where id = ${id}`;
		if (passwordHash !== undefined) {
			await storePassword(tx, id, passwordHash);
			await endSessions(tx, id, null, 'global');
		}
		if (email !== undefined) await moveToEmail(tx, id, email, confirm);
		if (confirm) await confirmEmail(tx, { ...user, email: email ?? user.email });
		// What was mailed to the former address must not open the account any more.
		if (confirm || email !== undefined) await clearTokens(tx, id);
		if (email !== undefined) await clearFlows(tx, id);
		const confirmed = confirm ? { email_verified: true } : {};
		await tx`
			update auth.users set
				raw_app_meta_data = ${json(tx, mergeMetadata(user.appMetadata, appMetadata ?? {}))},
				raw_user_meta_data = ${json(tx, mergeMetadata(user.userMetadata, { ...confirmed, ...userMetadata }))},
				updated_at = now()
			where id = ${id}`;
		if (bannedFor !== undefined) await ban(tx, id, bannedFor);
		await recordAudit(tx, 'service_role', 'user_modified', { ip, traits: { user_id: id, user_email: user.email } });
		return userJson(await wantedUser(tx, id));
	});
}

/** DELETE /admin/users/:id; `should_soft_delete` keeps the row but nothing that tells who it was. */
export async function deleteUser(auth: AuthContext, { body, ip }: AuthRequest, id: string): Promise<Fields> {
	const soft = flagField(body, 'should_soft_delete');
	await auth.sql.begin(async (tx) => {
		const user = await wantedUser(tx, id, { lock: true });
		await recordAudit(tx, 'service_role', 'user_deleted', { ip, traits: { user_id: id, user_email: user.email } });
		if (!soft) {
			await tx`delete from auth.users where id = ${id}`;
			return;
		}
		if (user.deletedAt) return;
		const veiled = (text: string) =>
			createHash('sha256')
				.update(id + text)
				.digest('base64url');
		await tx`
			update auth.users set
				email = ${veiled(user.email)}, encrypted_password = null, email_change = '', deleted_at = now(), updated_at = now(),
				raw_app_meta_data = '{}', raw_user_meta_data = '{}'
			where id = ${id}`;
		for (const { id: identityId, provider, providerId } of user.identities) {
			await tx`
				update auth.identities set identity_data = '{}', provider_id = ${veiled(`${provider}:${providerId}`)}, updated_at = now()
				where id = ${identityId}`;
		}
		await tx`delete from auth.mfa_factors where user_id = ${id}`;
		await tx`delete from auth.one_time_tokens where user_id = ${id}`;
		await endSessions(tx, id, null, 'global');
	});
	return {};
}
