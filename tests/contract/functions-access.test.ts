import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect } from 'vitest';
import { makeKeys } from '../../embedded/keys.ts';
import { createTokens } from '../../embedded/gateway/index.ts';
import { startProject, type FunctionsProject } from './functions-project.ts';
import { embeddedTest as test } from './local.ts';

let project: FunctionsProject;

beforeAll(async () => {
	const answer = `Deno.serve((request) => new Response('called by ' + request.headers.get('authorization')));`;
	project = await startProject({ 'guarded/index.ts': answer, 'open/index.ts': answer }, { config: { guarded: { verifyJwt: true } } });
});

afterAll(() => project.stop());

async function refused(headers: Record<string, string>): Promise<unknown[]> {
	const response = await project.call('/guarded', { method: 'POST', headers });
	const body: { code: string; message: string } = await response.json();
	expect(response.headers.get('sb-error-code')).toBe(body.code);
	return [response.status, body.code, body.message];
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('without a token a guarded function is not run, an open one is', async () => {
	expect(await refused({})).toEqual([401, 'UNAUTHORIZED_NO_AUTH_HEADER', 'Missing authorization header']);
	expect(await (await project.call('/open')).text()).toBe('called by null');
});

test('a user’s token opens it and reaches it', async () => {
	const token = await project.token();
	expect(await (await project.call('/guarded', { headers: bearer(token) })).text()).toBe(`called by Bearer ${token}`);
});

test('an API key in apikey opens it, alone or with itself as bearer, as supabase-js sends it', async () => {
	for (const key of [project.publishableKey, project.secretKey]) {
		expect((await project.call('/guarded', { headers: { apikey: key } })).status).toBe(200);
		expect((await project.call('/guarded', { headers: { apikey: key, ...bearer(key) } })).status).toBe(200);
	}
});

test('an API key as bearer only is no JWT, and an unknown key is no key', async () => {
	expect(await refused(bearer(project.secretKey))).toEqual([401, 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT']);
	expect(await refused({ apikey: 'sb_publishable_made_up' })).toEqual([401, 'UNAUTHORIZED_NO_AUTH_HEADER', 'Missing authorization header']);
	expect(await refused({ apikey: 'sb_secret_x', ...bearer('sb_secret_x') })).toEqual([
		401,
		'UNAUTHORIZED_INVALID_JWT_FORMAT',
		'Invalid JWT'
	]);
});

test('a good key does not make up for a bad token', async () => {
	const expired = await project.token(-10);
	expect(await refused({ apikey: project.publishableKey, ...bearer(expired) })).toEqual([
		401,
		'UNAUTHORIZED_ASYMMETRIC_JWT',
		'Invalid JWT'
	]);
});

test('a token signed with another key, of another algorithm, or none at all is told apart as on hosted', async () => {
	const claims = { sub: 'x', role: 'service_role', aud: 'authenticated', exp: Math.floor(Date.now() / 1000) + 60 };
	const stranger = await createTokens(makeKeys().signingJwk).sign(claims);
	expect(await refused(bearer(stranger))).toEqual([401, 'UNAUTHORIZED_ASYMMETRIC_JWT', 'Invalid JWT']);

	const secret = new TextEncoder().encode('a secret that is long enough for HS512: 0123456789abcdef0123456789abcdef');
	const legacy = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);
	expect(await refused(bearer(legacy))).toEqual([401, 'UNAUTHORIZED_LEGACY_JWT', 'Invalid JWT']);
	const other = await new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(secret);
	expect(await refused(bearer(other))).toEqual([401, 'UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM', 'Unsupported JWT algorithm HS512']);
	const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
	expect(await refused(bearer(unsigned))).toEqual([401, 'UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM', 'Unsupported JWT algorithm none']);

	expect(await refused(bearer('not-a-token'))).toEqual([401, 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT']);
	expect(await refused({ authorization: 'Basic YTpi' })).toEqual([
		401,
		'UNAUTHORIZED_INVALID_JWT_FORMAT',
		"Auth header is not 'Bearer {token}'"
	]);
});
