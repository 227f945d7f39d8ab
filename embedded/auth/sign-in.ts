import type { AuthContext } from './context.ts';
import { AuthError, invalid } from './errors.ts';
import { evenRefusal } from './even-time.ts';
import { checkStrength, passwordMatches } from './passwords.ts';
import { exchangeCode } from './pkce.ts';
import { textField, type AuthRequest } from './request.ts';
import { openSession, refreshSession, type SessionAnswer } from './sessions.ts';
import { refusePhone, requireEmailProvider } from './sign-up.ts';
import { findByEmail, isBanned, type User } from './users.ts';

/** POST /token?grant_type=…: the password, refresh_token and pkce grants. */
export async function grantToken(auth: AuthContext, request: AuthRequest): Promise<SessionAnswer> {
	switch (request.url.searchParams.get('grant_type')) {
		case 'password':
			return signInWithPassword(auth, request);
		case 'refresh_token': {
			const presented = textField(request.body, 'refresh_token');
			if (presented === '') throw invalid('refresh_token required');
			return refreshSession(auth, presented, request);
		}
		case 'pkce':
			return exchangeCode(auth, request);
		default:
			throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type');
	}
}

async function signInWithPassword(auth: AuthContext, request: AuthRequest): Promise<SessionAnswer> {
	refusePhone(request.body);
	const email = textField(request.body, 'email').toLowerCase();
	const password = textField(request.body, 'password');
	if (email === '') throw invalid('missing email or phone');
	requireEmailProvider(auth);
	const user = await evenRefusal(() => personWith(auth, email, password));
	if (isBanned(user)) throw new AuthError(400, 'user_banned', 'User is banned');
	if (!user.emailConfirmedAt) throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed');
	const session = await auth.sql.begin((tx) => openSession(auth, tx, user, request, 'password', { provider: 'email' }));
	const weakness = weaknessOf(auth, password);
	return weakness ? { ...session, weak_password: weakness } : session;
}

/** The person with this address and password. One comparison whatever is found: neither answer nor time tells who has an account. */
async function personWith(auth: AuthContext, email: string, password: string): Promise<User> {
	const user = await findByEmail(auth.sql, email);
	const matches = await passwordMatches(auth.sql, password, user?.encryptedPassword ?? null);
	if (!user || !matches) throw new AuthError(400, 'invalid_credentials', 'Invalid login credentials');
	return user;
}

/** Why today's rules would refuse this password; whoever knows it may still come in, and is told. */
function weaknessOf(auth: AuthContext, password: string): SessionAnswer['weak_password'] {
	try {
		checkStrength(password, auth.settings);
		return undefined;
	} catch (error) {
		if (!(error instanceof AuthError) || !error.reasons) return undefined;
		return { message: error.message, reasons: error.reasons };
	}
}
