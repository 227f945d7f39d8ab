import { decodeJwt, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Person, call, connect, fetchJwks, newPerson, outcome, visitor } from './auth-clients.ts';

const { apiUrl, publishableKey, secretKey, signingJwk } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

let person: Person;
let claims: JWTPayload;
let kid: string;
beforeAll(async () => {
	person = await newPerson();
	claims = decodeJwt(person.session.access_token);
	kid = (await fetchJwks()).keys[0].kid;
});

const now = () => Math.floor(Date.now() / 1000);
const es256 = (payload: JWTPayload, key: CryptoKey, header: object = {}) =>
	new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid, ...header }).sign(key);

async function ownKey(): Promise<CryptoKey> {
	const key = await importJWK(signingJwk ?? {}, 'ES256');
	if (key instanceof Uint8Array) throw new Error('not an asymmetric key');
	return key;
}

/** The middle part replaced, the signature kept. */
function tampered(token: string, changes: object): string {
	const [header, , signature] = token.split('.');
	return `${header}.${Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url')}.${signature}`;
}

/** A forged or spoiled token must be refused by both APIs, whichever key comes with it. */
async function expectRefused(token: string, status = 401, code?: string) {
	for (const apikey of [publishableKey, secretKey]) {
		const headers = { apikey, authorization: `Bearer ${token}` };
		const rest = await call('/rest/v1/members?select=id', { headers });
		const body = await rest.json();
		expect([rest.status, body]).toEqual([status, expect.objectContaining({ code: code ?? expect.stringMatching(/^PGRST30[13]$/) })]);
		if (status === 401) expect(rest.headers.get('www-authenticate')).toContain('invalid_token');
		const update = await call('/auth/v1/user', { method: 'PUT', headers, body: JSON.stringify({ data: { forged: true } }) });
		expect(await outcome(update)).toEqual([403, 'bad_jwt']);
	}
	const [row] = await sql`select raw_user_meta_data ? 'forged' as forged from auth.users where id = ${person.user.id}`;
	expect(row?.forged).toBe(false);
}

describe('a token that is not ours is refused, never read as anon', () => {
	test.each(['nonsense', 'a.b.c', 'sb_publishable_other', '..', 'e30.e30.', ''])('%j', async (token) => {
		await expectRefused(token === '' ? '.' : token);
	});

	test('an Authorization header that is no bearer', async () => {
		for (const authorization of ['Basic abc', 'Bearer', 'Token a b', person.session.access_token]) {
			const response = await call('/rest/v1/members?select=id', { headers: { apikey: secretKey, authorization } });
			expect([authorization, response.status]).toEqual([authorization, 401]);
		}
	});

	test('alg none', async () => {
		await expectRefused(new UnsecuredJWT({ ...claims, role: 'service_role' }).encode());
		const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT', kid })).toString('base64url');
		const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
		await expectRefused(`${header}.${body}.`);
	});

	test('HS256 with the public key as the secret', async () => {
		const jwks = await fetchJwks();
		const publicKey = await importJWK(jwks.keys[0], 'ES256', { extractable: true });
		if (publicKey instanceof Uint8Array) throw new Error('not an asymmetric key');
		for (const secret of [await exportSPKI(publicKey), JSON.stringify(jwks.keys[0]), jwks.keys[0].x]) {
			const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(secret));
			await expectRefused(token);
		}
	});

	test('another ES256 key that claims to be ours, or brings itself along', async () => {
		const { privateKey } = await generateKeyPair('ES256');
		await expectRefused(await es256(claims, privateKey));
		await expectRefused(await es256(claims, privateKey, { kid: 'other' }));
		await expectRefused(await es256(claims, privateKey, { jku: 'http://127.0.0.1/keys' }));
	});

	test('tampered claims under a real signature', async () => {
		await expectRefused(tampered(person.session.access_token, { role: 'service_role' }));
		await expectRefused(tampered(person.session.access_token, { sub: '00000000-0000-0000-0000-000000000001' }));
		await expectRefused(tampered(person.session.access_token, { exp: now() + 10 ** 6 }));
	});
});

describe.runIf(signingJwk !== null)('a token of ours is still refused when its claims do not fit', () => {
	test('expired', async () => {
		await expectRefused(await es256({ ...claims, exp: now() - 1 }, await ownKey()), 401, 'PGRST303');
		const { error } = await visitor().auth.getUser(await es256({ ...claims, exp: now() - 1 }, await ownKey()));
		expect(error).toMatchObject({ status: 403, code: 'bad_jwt' });
	});

	test('without an end, for somebody else, or from somewhere else', async () => {
		const { exp: _end, ...endless } = claims;
		await expectRefused(await es256(endless, await ownKey()), 401, 'PGRST303');
		await expectRefused(await es256({ ...claims, aud: 'other' }, await ownKey()), 401, 'PGRST303');
		await expectRefused(await es256({ ...claims, iss: 'https://example.test/auth/v1' }, await ownKey()), 401, 'PGRST303');
	});

	test('under another kid or none', async () => {
		await expectRefused(await es256(claims, await ownKey(), { kid: 'other' }), 401, 'PGRST301');
		await expectRefused(await es256(claims, await ownKey(), { kid: undefined }), 401, 'PGRST301');
	});

	test('with a role that is not for the API', async () => {
		for (const role of ['postgres', 'supabase_admin', 'authenticator', '', undefined]) {
			await expectRefused(await es256({ ...claims, role }, await ownKey()), 403, '42501');
		}
	});
});

describe.runIf(signingJwk !== null)('a token of ours acts as its claims say', () => {
	test('a fresh one, also when minted outside Auth for a minute', async () => {
		const token = await es256({ ...claims, iat: now(), exp: now() + 60, use: 'something' }, await ownKey());
		expect((await visitor().auth.getUser(token)).data.user?.id).toBe(person.user.id);
		const response = await call('/rest/v1/members?select=id', { headers: { apikey: publishableKey, authorization: `Bearer ${token}` } });
		expect([response.status, await response.json()]).toEqual([200, []]);
	});

	test('the issuer may name localhost', async () => {
		const token = await es256({ ...claims, iss: apiUrl.replace('127.0.0.1', 'localhost') + '/auth/v1' }, await ownKey());
		expect((await visitor().auth.getUser(token)).error).toBeNull();
	});
});
