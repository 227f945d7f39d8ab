import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A private ES256 key as a JWK. Its public half is what the JWKS endpoint shows. */
export type SigningJwk = {
	kty: 'EC';
	crv: 'P-256';
	x: string;
	y: string;
	d: string;
	kid: string;
	alg: 'ES256';
	use: 'sig';
};

/** What a project is reached with: the two API keys, the key that signs its tokens, and that of its mail service. */
export type PlatformKeys = {
	publishableKey: string;
	secretKey: string;
	signingJwk: SigningJwk;
	/** Opens the Postmark API of the local mail service. */
	postmarkToken: string;
	/** Signs addresses of stored files. */
	storageSecret: string;
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function randomText(length: number): string {
	let text = '';
	while (text.length < length) {
		for (const byte of randomBytes(length)) {
			// Bytes past the last whole round of the alphabet would favour its first letters.
			if (byte < 248 && text.length < length) text += alphabet[byte % alphabet.length];
		}
	}
	return text;
}

function makeSigningJwk(): SigningJwk {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const { x, y, d } = privateKey.export({ format: 'jwk' });
	if (!x || !y || !d) throw new Error('The runtime made an elliptic curve key without coordinates.');
	return { kty: 'EC', crv: 'P-256', x, y, d, kid: randomUUID(), alg: 'ES256', use: 'sig' };
}

/** Makes fresh keys in the form of hosted projects: `sb_publishable_…`, `sb_secret_…`, one ES256 signing key. */
export function makeKeys(): PlatformKeys {
	return {
		publishableKey: `sb_publishable_${randomText(22)}_${randomText(8)}`,
		secretKey: `sb_secret_${randomText(22)}_${randomText(8)}`,
		signingJwk: makeSigningJwk(),
		postmarkToken: randomUUID(),
		storageSecret: randomBytes(32).toString('base64url')
	};
}

/** The keys kept in `<dataDir>/keys.json` (readable by the owner only), made at the first start. */
export function loadKeys(dataDir: string): PlatformKeys {
	const file = join(dataDir, 'keys.json');
	if (existsSync(file)) {
		const known: Partial<PlatformKeys> = JSON.parse(readFileSync(file, 'utf8'));
		const keys = { ...makeKeys(), ...known };
		// A folder from before there was mail or storage gets what it lacks.
		return known.postmarkToken && known.storageSecret ? keys : writeKeys(file, keys);
	}
	mkdirSync(dataDir, { recursive: true });
	return writeKeys(file, makeKeys());
}

function writeKeys(file: string, keys: PlatformKeys): PlatformKeys {
	// Renamed into place, so that a start cut short never leaves half a file.
	const partial = `${file}.${process.pid}`;
	writeFileSync(partial, JSON.stringify(keys, null, '\t') + '\n', { mode: 0o600 });
	renameSync(partial, file);
	return keys;
}
