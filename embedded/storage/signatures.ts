import { jwtVerify, SignJWT } from 'jose';
import { StorageError } from './errors.ts';

/** What a signed address is good for. One for reading never writes, and the other way round. */
type Scope = 'download' | 'upload';

/** What a signed address says. */
export type Signed = {
	/** When it ends, in seconds since 1970. */
	exp: number;
	/** Whose an uploaded file becomes. */
	owner: string | undefined;
	upsert: boolean;
};

/** A signed upload address lasts two hours on the hosted service. */
export const uploadSeconds = 2 * 3600;

const latest = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** Signs addresses of files and tells whether one was signed here. Signatures outlive a restart, as the secret does. */
export class Signer {
	readonly #key: Uint8Array;

	constructor(secret: string) {
		this.#key = new TextEncoder().encode(secret);
	}

	/** A token for one file, `bucket/name`, for that many seconds. */
	async #sign(claims: object, path: string, scope: Scope, seconds: number): Promise<string> {
		const now = Math.floor(Date.now() / 1000);
		if (seconds > latest - now) throw new StorageError(400, 'InvalidParameter', 'Invalid Parameter expiresIn');
		return new SignJWT({ ...claims, url: path, scope })
			.setProtectedHeader({ alg: 'HS256' })
			.setIssuedAt(now)
			.setExpirationTime(now + seconds)
			.sign(this.#key);
	}

	download = (path: string, seconds: number): Promise<string> => this.#sign({}, path, 'download', seconds);

	upload = (path: string, { owner, upsert }: { owner: string | undefined; upsert: boolean }): Promise<string> =>
		this.#sign({ owner, upsert }, path, 'upload', uploadSeconds);

	/** What a token allows for this path. Throws when it was not signed here, is over, or is for something else. */
	async verify(token: string, path: string, scope: Scope): Promise<Signed> {
		const { payload } = await jwtVerify(token, this.#key, { algorithms: ['HS256'], requiredClaims: ['exp'] }).catch((cause: unknown) => {
			throw new StorageError(400, 'InvalidJWT', cause instanceof Error ? cause.message : 'Invalid JWT', { cause });
		});
		if (payload.scope !== scope) throw new StorageError(400, 'InvalidSignature', `Token is not scoped for ${scope}`);
		if (payload.url !== path) throw new StorageError(400, 'InvalidSignature', 'Invalid signature');
		return {
			exp: payload.exp ?? 0,
			owner: typeof payload.owner === 'string' ? payload.owner : undefined,
			upsert: payload.upsert === true
		};
	}
}
