import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Signs in by SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677): the password itself never travels. */
export class Scram {
	readonly mechanism = 'SCRAM-SHA-256';
	readonly #password: string;
	readonly #opening = `n=*,r=${randomBytes(18).toString('base64')}`;
	#serverSignature: Buffer | undefined;

	constructor(password: string) {
		this.#password = password;
	}

	/** What the client says first. */
	get initial(): string {
		return `n,,${this.#opening}`;
	}

	/** The proof that answers the server's challenge; throws for a challenge that is none. */
	async prove(challenge: string): Promise<string> {
		const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(challenge) ?? [];
		if (!nonce.startsWith(this.#opening.slice('n=*,r='.length)))
			throw new Error('The database answered with a challenge of somebody else.');
		const salted = await derive(this.#password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
		const closing = `c=biws,r=${nonce}`;
		const exchange = `${this.#opening},${challenge},${closing}`;
		const clientKey = hmac(salted, 'Client Key');
		const signature = hmac(createHash('sha256').update(clientKey).digest(), exchange);
		this.#serverSignature = hmac(hmac(salted, 'Server Key'), exchange);
		return `${closing},p=${Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64')}`;
	}

	/** Throws unless the server knows the password too. */
	verify(final: string): void {
		const signature = Buffer.from(/^v=([^,]+)/.exec(final)?.[1] ?? '', 'base64');
		const own = this.#serverSignature;
		if (!own || signature.length !== own.length || !timingSafeEqual(signature, own))
			throw new Error('The database does not know the password.');
	}
}
