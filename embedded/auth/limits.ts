import { isIPv6 } from 'node:net';
import type { RateLimitSettings } from '../settings/types.ts';
import { AuthError } from './errors.ts';

/** Requests counted together, per address of the visitor. Each endpoint names its group; the sizes are GoTrue's (internal/api/apilimiter). */
export type LimitGroup =
	'signUp' | 'recover' | 'resend' | 'otp' | 'magicLink' | 'user' | 'token' | 'verify' | 'factorChallenge' | 'factorVerify';

/** Answers 429 to those who ask too often. Counters live in memory, as GoTrue's do: a restart forgets them. */
export type Limits = {
	/** Counts one request of a visitor; throws over_request_rate_limit. Without an address nothing is counted, as in GoTrue. */
	request(group: LimitGroup, ip: string | null): void;
	/**
	 * Counts one letter of a kind asked for an address, whether anybody has that address or not; throws over_email_send_rate_limit. GoTrue looks at
	 * the person's row instead, and so tells by a 429 who has an account.
	 */
	letter(kind: string, address: string): void;
	/** Counts one letter of all; throws over_email_send_rate_limit. */
	anyLetter(): void;
	/**
	 * Counts an attempt to name a code of `target` (an address, a factor), from wherever it comes, before the code is looked at: attempts at once must not
	 * all pass. Throws over_request_rate_limit; gives a function that takes the attempt back when the code was right.
	 */
	guess(kind: 'address' | 'factor', target: string): () => void;
};

const tooManyRequests = () => new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached');

/** Whoever has one address of an IPv6 network has all of its last 64 bits. */
export function networkOf(ip: string): string {
	if (!isIPv6(ip)) return ip;
	const [head = '', tail] = ip.split('%')[0]?.split('::') ?? [];
	const left = head === '' ? [] : head.split(':');
	const right = tail === undefined || tail === '' ? [] : tail.split(':');
	const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
	return [...left, ...Array.from({ length: missing }, () => '0'), ...right].slice(0, 4).join(':');
}

/** A token bucket per key. There are so many at most, the least recently used first to go. */
class Buckets {
	readonly #perSecond: number;
	readonly #burst: number;
	readonly #levels = new Map<string, { level: number; at: number }>();
	readonly #most = 50_000;

	constructor(perSecond: number, burst: number) {
		this.#perSecond = perSecond;
		this.#burst = burst;
	}

	#levelOf(key: string, now: number): number {
		const bucket = this.#levels.get(key);
		return bucket ? Math.min(this.#burst, bucket.level + ((now - bucket.at) / 1000) * this.#perSecond) : this.#burst;
	}

	take(key: string): boolean {
		const now = performance.now();
		const level = this.#levelOf(key, now);
		const allowed = level >= 1;
		this.#levels.delete(key);
		this.#levels.set(key, { level: allowed ? level - 1 : level, at: now });
		if (this.#levels.size <= this.#most) return allowed;
		// Only what is full again is forgotten: nobody buys a fresh bucket by filling others.
		const [oldest = key] = this.#levels.keys();
		const isFull = this.#levelOf(oldest, now) >= this.#burst;
		this.#levels.delete(isFull ? oldest : key);
		return isFull && allowed;
	}

	giveBack(key: string): void {
		const bucket = this.#levels.get(key);
		if (bucket) bucket.level = Math.min(this.#burst, bucket.level + 1);
	}
}

const fiveMinutes = 300;

/**
 * Guesses a second and at once. A letter's code is one of a million or more: 360 guesses an hour leave 0.04 % to a guesser who has many addresses.
 * Of an authenticator's codes three are good at a time, and whoever guesses them has the password already.
 */
const guessing = { address: { perSecond: 0.1, burst: 30 }, factor: { perSecond: 1 / 30, burst: 10 } };

/** Makes the counters of one service. `maxFrequency`: seconds between two letters of a kind to an address. */
export function createLimits(rates: RateLimitSettings, maxFrequency: number): Limits {
	const inFiveMinutes = (count: number) => new Buckets(count / fiveMinutes, 30);
	const groups: Record<LimitGroup, Buckets> = {
		signUp: inFiveMinutes(rates.signInSignUps),
		recover: inFiveMinutes(rates.signInSignUps),
		resend: inFiveMinutes(rates.signInSignUps),
		otp: inFiveMinutes(rates.signInSignUps),
		magicLink: inFiveMinutes(rates.signInSignUps),
		user: inFiveMinutes(rates.signInSignUps),
		token: inFiveMinutes(rates.tokenRefresh),
		verify: inFiveMinutes(rates.tokenVerifications),
		factorChallenge: new Buckets(rates.factors / 60, 30),
		factorVerify: new Buckets(rates.factors / 60, 30)
	};
	const letters = new Buckets(1 / maxFrequency, 1);
	const allLetters = new Buckets(rates.emailSent / 3600, rates.emailSent);
	const guesses = {
		address: new Buckets(guessing.address.perSecond, guessing.address.burst),
		factor: new Buckets(guessing.factor.perSecond, guessing.factor.burst)
	};
	return {
		request(group, ip) {
			if (ip && !groups[group].take(networkOf(ip))) throw tooManyRequests();
		},
		letter(kind, address) {
			if (maxFrequency > 0 && !letters.take(`${kind} ${address}`)) {
				throw new AuthError(
					429,
					'over_email_send_rate_limit',
					`For security purposes, you can only request this after ${Math.ceil(maxFrequency)} seconds.`
				);
			}
		},
		anyLetter() {
			if (rates.emailSent !== Infinity && !allLetters.take('')) {
				throw new AuthError(429, 'over_email_send_rate_limit', 'email rate limit exceeded');
			}
		},
		guess(kind, target) {
			if (!guesses[kind].take(target)) throw tooManyRequests();
			return () => guesses[kind].giveBack(target);
		}
	};
}
