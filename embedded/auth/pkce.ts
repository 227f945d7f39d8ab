import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import type { AuthContext } from './context.ts';
import { AuthError, invalid } from './errors.ts';
import { textField, type AuthRequest, type Fields } from './request.ts';
import { openSession, type AuthMethod, type SessionAnswer } from './sessions.ts';
import { findById, isBanned, type Db } from './users.ts';

/** What a client sends to begin a flow whose end only it can claim (RFC 7636). */
export type CodeChallenge = { challenge: string; method: 's256' | 'plain' };

/** Seconds in which a flow must be finished (GoTrue's default; for magic links from the click, else from the request). */
const expiry = 300;

/** The code challenge of a request body; undefined for the implicit flow. Throws validation_failed. */
export function codeChallenge(body: Fields): CodeChallenge | undefined {
	const challenge = textField(body, 'code_challenge');
	const asked = textField(body, 'code_challenge_method').toLowerCase();
	if ((challenge === '') !== (asked === '')) throw invalid('PKCE flow requires code_challenge_method and code_challenge');
	if (challenge === '') return undefined;
	if (challenge.length < 43 || challenge.length > 128) throw invalid('code challenge has to be between 43 and 128 characters');
	if (!/^[A-Za-z0-9._~-]+$/.test(challenge)) {
		throw invalid('code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes');
	}
	const method = (['s256', 'plain'] as const).find((known) => known === asked);
	if (!method) throw invalid(`unsupported code_challenge method "${asked}"`);
	return { challenge, method };
}

/** Remembers a flow until its link is clicked and its code is exchanged. */
export async function startFlow(db: Db, userId: string, method: AuthMethod, pkce: CodeChallenge | undefined): Promise<void> {
	if (!pkce) return;
	await db`
		insert into auth.flow_state (
			id, user_id, auth_code, code_challenge_method, code_challenge, provider_type, authentication_method, created_at, updated_at
		) values (
			${randomUUID()}, ${userId}, ${randomUUID()}, ${pkce.method}, ${pkce.challenge}, ${method === 'email/signup' ? 'email' : method}, ${method},
			now(), now()
		)`;
}

/** The code that a clicked link hands to the app: that of the person's last flow of this kind. Throws flow_state_not_found. */
export async function issueAuthCode(tx: TransactionSql, userId: string, method: AuthMethod): Promise<string> {
	const [flow] = await tx<{ auth_code: string }[]>`
		update auth.flow_state set auth_code_issued_at = now(), updated_at = now()
		where id = (
			select id from auth.flow_state where user_id = ${userId} and authentication_method = ${method}
			order by created_at desc, id limit 1 for update
		)
		returning auth_code`;
	if (!flow) throw new AuthError(400, 'flow_state_not_found', 'No associated flow state found. No valid flow state found for user.');
	return flow.auth_code;
}

function matches({ challenge, method }: CodeChallenge, verifier: string): boolean {
	const shown = method === 's256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
	const [one, other] = [Buffer.from(shown), Buffer.from(challenge)];
	return one.length === other.length && timingSafeEqual(one, other);
}

type FlowRow = {
	id: string;
	code_challenge: string;
	code_challenge_method: 's256' | 'plain';
	method: AuthMethod;
	issued: boolean;
	over: boolean;
};

/** POST /token?grant_type=pkce: a session for a code and the secret that its flow began with. A code works once, and only after its link was clicked. */
export async function exchangeCode(auth: AuthContext, request: AuthRequest): Promise<SessionAnswer> {
	const code = textField(request.body, 'auth_code');
	const verifier = textField(request.body, 'code_verifier');
	if (code === '' || verifier === '') throw invalid('invalid request: both auth code and code verifier should be non-empty');
	return auth.sql.begin(async (tx) => {
		const [owner] = await tx<{ id: string | null }[]>`select user_id as id from auth.flow_state where auth_code = ${code}`;
		const user = owner?.id ? await findById(tx, owner.id, { lock: true }) : undefined;
		const [flow] = await tx<FlowRow[]>`
			select id, code_challenge, code_challenge_method, authentication_method as method, auth_code_issued_at is not null as issued,
				now() > make_interval(secs => ${expiry})
					+ case when authentication_method = 'magiclink' then coalesce(auth_code_issued_at, created_at) else created_at end as over
			from auth.flow_state where auth_code = ${code} for update`;
		if (!flow?.issued || !user) throw new AuthError(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found');
		if (flow.over) throw new AuthError(422, 'flow_state_expired', 'invalid flow state, flow state has expired');
		if (!matches({ challenge: flow.code_challenge, method: flow.code_challenge_method }, verifier)) {
			throw new AuthError(400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier');
		}
		if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned');
		await tx`delete from auth.flow_state where id = ${flow.id}`;
		return openSession(auth, tx, user, request, flow.method, { provider_type: flow.method === 'email/signup' ? 'email' : flow.method });
	});
}
