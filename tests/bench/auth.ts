import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { atMost, quantile, round, type Bench, type Figure } from './measure.ts';

const memoryOnly = { auth: { persistSession: false, autoRefreshToken: false } };
const credentials = { email: 'admin@demo.test', password: 'demo-password' };

/** Durations in ms of one reader's requests, one after the other, until `done` settles; at least `least` of them. */
async function readUntil(read: () => PromiseLike<{ error: unknown }>, done: Promise<unknown>, least: number): Promise<number[]> {
	const durations: number[] = [];
	let over = false;
	void done.finally(() => (over = true));
	while (!over || durations.length < least) {
		const started = performance.now();
		const { error } = await read();
		if (error) throw error;
		durations.push(performance.now() - started);
	}
	return durations;
}

/** How much sign-ins slow down a reader beside them: the p95 of reads with 20 sign-ins under way against that of reads alone, in turns. */
async function besideSignIns(reader: SupabaseClient, visitor: () => SupabaseClient): Promise<Figure> {
	const read = () => reader.from('companies').select('id,name').limit(50);
	const signIn = async () => {
		const { error } = await visitor().auth.signInWithPassword(credentials);
		if (error) throw error;
	};
	await readUntil(read, Promise.resolve(), 200);
	const [alone, beside, waves]: number[][] = [[], [], []];
	for (let round = 0; round < 6; round++) {
		alone?.push(...(await readUntil(read, Promise.resolve(), 300)));
		const started = performance.now();
		const wave = Promise.all(Array.from({ length: 20 }, signIn));
		beside?.push(...(await readUntil(read, wave, 0)));
		await wave;
		waves?.push(performance.now() - started);
	}
	const p95 = { alone: quantile(alone ?? [], 0.95), beside: quantile(beside ?? [], 0.95) };
	return atMost(p95.beside / p95.alone, 2, '× the p95 of reads alone', {
		'p95 alone, ms': round(p95.alone),
		'p95 beside 20 sign-ins, ms': round(p95.beside),
		'p50 alone, ms': round(quantile(alone ?? [], 0.5)),
		'p50 beside, ms': round(quantile(beside ?? [], 0.5)),
		reads: `${alone?.length} / ${beside?.length}`,
		'20 sign-ins, ms': round(quantile(waves ?? [], 0.5), 0)
	});
}

/** Requests that checking a session's claims makes, per call: the keys are fetched once, signatures are checked here. */
async function claimsWithoutRequests({ apiUrl, publishableKey }: Bench): Promise<Figure> {
	let requests = 0;
	const counting: typeof fetch = (input, init) => {
		requests++;
		return fetch(input, init);
	};
	const client = createClient(apiUrl, publishableKey, { ...memoryOnly, global: { fetch: counting } });
	const { data, error } = await client.auth.signInWithPassword(credentials);
	if (error) throw error;
	await client.auth.getClaims(data.session.access_token);
	requests = 0;
	const calls = 1000;
	const started = performance.now();
	for (let call = 0; call < calls; call++) {
		const answer = await client.auth.getClaims(data.session.access_token);
		if (answer.error || answer.data?.claims.sub !== data.user.id) throw answer.error ?? new Error('other claims');
	}
	const each = (performance.now() - started) / calls;
	return atMost(requests / calls, 0, 'requests a call', { 'ms a call': round(each, 3) });
}

export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const visitor = () => createClient(bench.apiUrl, bench.publishableKey, memoryOnly);
	const reader = visitor();
	const { error } = await reader.auth.signInWithPassword(credentials);
	if (error) throw error;
	return {
		'read p95 beside 20 sign-ins': await besideSignIns(reader, visitor),
		'getClaims requests': await claimsWithoutRequests(bench)
	};
}
