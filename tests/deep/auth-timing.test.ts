import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPlatform, type Platform } from '../../embedded/platform.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { separability } from '../support/separability.ts';

/** Tries of each kind: 500 with an address that has an account, 500 with one that has none, in turns. */
const tries = 1000;

const memoryOnly = { auth: { persistSession: false, autoRefreshToken: false } };

describe('the time of an answer does not tell who has an account, over 1,000 tries', () => {
	let platform: Platform;
	let folder: Awaited<ReturnType<typeof scratchFolder>>;
	let visitor: SupabaseClient;
	const known: string[] = [];

	beforeAll(async () => {
		folder = await scratchFolder('timing');
		platform = await startPlatform({
			dataDir: folder.path,
			apiPort: 0,
			dbPort: 0,
			migrationsDir: 'supabase/migrations',
			adjust({ auth }) {
				auth.rateLimit = { emailSent: Infinity, tokenRefresh: 1e6, signInSignUps: 1e6, tokenVerifications: 1e6, factors: 1e6 };
				auth.email.maxFrequency = 0;
				auth.email.enableConfirmations = true;
			}
		});
		visitor = createClient(platform.apiUrl, platform.publishableKey, memoryOnly);
		const operator = createClient(platform.apiUrl, platform.secretKey, memoryOnly);
		for (let made = 0; made < 50; made++) {
			const email = `${randomUUID()}@example.test`;
			const { error } = await operator.auth.admin.createUser({ email, password: 'a known password', email_confirm: true });
			if (error) throw error;
			known.push(email);
		}
	}, 120_000);
	afterAll(async () => {
		await platform.stop();
		await folder.remove();
	});

	type Ask = (email: string) => Promise<unknown>;
	const ways: [string, Ask][] = [
		['sign-in with a wrong password', (email) => visitor.auth.signInWithPassword({ email, password: 'a wrong password' })],
		['recovery', (email) => visitor.auth.resetPasswordForEmail(email)],
		['magic link for people who exist', (email) => visitor.auth.signInWithOtp({ email, options: { shouldCreateUser: false } })],
		['magic link for anybody', (email) => visitor.auth.signInWithOtp({ email })],
		['a letter again', (email) => visitor.auth.resend({ type: 'signup', email })],
		['sign-up', (email) => visitor.auth.signUp({ email, password: 'one more password' })],
		['a wrong code', (email) => visitor.auth.verifyOtp({ email, token: '000000', type: 'email' })]
	];

	test.each(ways)('%s', async (name, ask) => {
		const times = { known: [] as number[], unknown: [] as number[] };
		const measure = async (which: keyof typeof times, email: string) => {
			const started = performance.now();
			await ask(email);
			times[which].push(performance.now() - started);
		};
		for (let warm = 0; warm < 10; warm++) await ask(`${randomUUID()}@example.test`);
		for (let index = 0; index < tries / 2; index++) {
			const address = known[index % known.length] ?? '';
			// Whichever comes first warms something for the other.
			const turns = [() => measure('known', address), () => measure('unknown', `${randomUUID()}@example.test`)];
			for (const turn of index % 2 ? turns : turns.toReversed()) await turn();
		}
		const auc = separability(times.known, times.unknown);
		console.log(`${name}: separability ${auc.toFixed(3)}`);
		// Of 500 against 500 equal times the statistic leaves 0.5 ± 0.07 once in ten thousand runs.
		expect(auc).toBeGreaterThan(0.43);
		expect(auc).toBeLessThan(0.57);
	});
});
