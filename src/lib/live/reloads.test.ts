import { expect, it } from 'vitest';
import { Reloads } from './reloads';

/** Kit with a load that ends when told, and a way to another page that one can set out on. */
function kit() {
	const asked: string[] = [];
	const waiting: (() => void)[] = [];
	const ask = (what: string) => {
		asked.push(what);
		return new Promise<void>((done) => waiting.push(done));
	};
	const navigating: { complete: Promise<void> | null } = { complete: null };
	return {
		asked,
		navigating,
		/** Ends every load that runs. */
		answer: () => waiting.splice(0).forEach((done) => done()),
		/** Sets out; Kit shows a way that it dropped until the next one. */
		leave() {
			const { promise, resolve, reject } = Promise.withResolvers<void>();
			// As Kit does.
			promise.catch(() => {});
			navigating.complete = promise;
			const arrive = () => {
				navigating.complete = null;
				resolve();
			};
			return { arrive, drop: () => reject(new Error('navigation aborted')) };
		},
		reloads: new Reloads({ navigating, invalidate: ask, invalidateAll: () => ask('all') })
	};
}

/** Lets everything happen that waits for nothing outside. */
const settled = () => new Promise((done) => setImmediate(done));

it('loads once at a time, and what is asked for meanwhile once after it', async () => {
	const { reloads, asked, answer } = kit();
	const first = reloads.load('app:board');
	await settled();
	const [second, third] = [reloads.load('app:workspace'), reloads.load('app:workspace')];
	await settled();
	expect(asked).toEqual(['app:board']);
	answer();
	await first;
	await settled();
	expect(asked).toEqual(['app:board', 'app:workspace']);
	answer();
	await Promise.all([second, third]);
	expect(asked).toHaveLength(2);
});

it('loads everything when one of those who wait asks for it', async () => {
	const { reloads, asked, answer } = kit();
	const all = Promise.all([reloads.load('app:board'), reloads.load()]);
	await settled();
	expect(asked).toEqual(['all']);
	answer();
	await all;
});

it('waits for whoever is on the way to another page, and is no reload while somebody is', async () => {
	const { reloads, asked, answer, leave } = kit();
	const first = leave();
	const load = reloads.load('app:board');
	await settled();
	expect(asked).toEqual([]);
	first.arrive();
	await settled();
	expect(asked).toEqual(['app:board']);
	expect(reloads.isUnderWay).toBe(true);
	const second = leave();
	expect(reloads.isUnderWay).toBe(false);
	second.arrive();
	answer();
	await load;
	expect(reloads.isUnderWay).toBe(false);
});

it('goes on after a way that Kit dropped, which it shows until the next', async () => {
	const { reloads, asked, answer, leave } = kit();
	leave().drop();
	for (const count of [1, 2]) {
		const load = reloads.load('app:board');
		await settled();
		expect(asked).toHaveLength(count);
		expect(reloads.isUnderWay).toBe(true);
		answer();
		await load;
	}
});

it('goes on after a load that failed', async () => {
	const { navigating } = kit();
	const failing = new Reloads({ navigating, invalidate: () => Promise.reject(new Error('lost')), invalidateAll: async () => {} });
	const [bad, good] = [failing.load('app:board'), settled().then(() => failing.load())];
	await expect(bad).rejects.toThrow('lost');
	await good;
});
