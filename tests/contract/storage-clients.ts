import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { afterAll, inject, vi } from 'vitest';

/** Where a Storage answers, and the keys it is asked with. */
export type Door = { apiUrl: string; publishableKey: string; secretKey: string };

const underTest: Door = inject('platform');
const memoryOnly = { auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false } };

/** Knows the publishable key only. */
export const visitor = (door = underTest): SupabaseClient => createClient(door.apiUrl, door.publishableKey, memoryOnly);

/** Holds the secret key. */
export const operator = (door = underTest): SupabaseClient => createClient(door.apiUrl, door.secretKey, memoryOnly);

/** The data of an answer that should have been given. */
export function given<T>({ data, error }: { data: T | null; error: unknown }): T {
	if (error) throw error;
	if (data === null) throw new Error('an answer without data');
	return data;
}

/** Asks as a program does that has no client library: the address is below /storage/v1. The secret key opens it unless another is given, or none (''). */
export const call = (
	path: string,
	{ door = underTest, key = door.secretKey, ...init }: RequestInit & { door?: Door; key?: string | undefined } = {}
): Promise<Response> =>
	fetch(`${door.apiUrl}/storage/v1${path}`, {
		...init,
		headers: { ...(key ? { apikey: key } : {}), ...Object.fromEntries(new Headers(init.headers)) }
	});

/** The buckets of one test file. A project that others use too gets them back as it was. */
const made = new Set<string>();

/** A name for a bucket that nobody has, and that is removed, with all in it, when the file is through. */
export function bucketName(purpose: string): string {
	const id = `${purpose}-${randomUUID()}`;
	made.add(id);
	return id;
}

/** A new bucket, removed when the file is through; private unless said otherwise. */
export async function newBucket(purpose: string, options: Parameters<SupabaseClient['storage']['createBucket']>[1] = { public: false }) {
	const id = bucketName(purpose);
	given(await operator().storage.createBucket(id, options));
	return id;
}

afterAll(async () => {
	const { storage } = operator();
	for (const id of made) {
		if ((await storage.getBucket(id)).error) continue;
		given(await storage.emptyBucket(id));
		// The hosted service empties it later than it answers.
		await vi.waitFor(async () => void given(await storage.deleteBucket(id)), { timeout: 30_000 });
	}
});
