import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OptionSearch, type ComboboxOption } from './option-search.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A list whose search answers when told. */
function list() {
	const asked: { query: string; answer: (labels: string[]) => Promise<void>; fail: () => Promise<void> }[] = [];
	const search = new OptionSearch(() => (query) => {
		const { promise, resolve, reject } = Promise.withResolvers<ComboboxOption[]>();
		const settle = () => vi.advanceTimersByTimeAsync(0);
		asked.push({
			query,
			answer: (labels) => (resolve(labels.map((label) => ({ value: label, label }))), settle().then(() => undefined)),
			fail: () => (reject(new Error('no')), settle().then(() => undefined))
		});
		return promise;
	});
	const type = async (text: string) => {
		search.type(text);
		await vi.advanceTimersByTimeAsync(150);
	};
	return { search, asked, type };
}

const labels = (search: OptionSearch) => search.options.map(({ label }) => label);

it('asks once for a word, not for every letter', async () => {
	const { search, asked, type } = list();
	search.type('a');
	search.type('ac');
	await type('acm');
	expect(asked.map(({ query }) => query)).toEqual(['acm']);
});

it('drops an answer that further typing has overtaken', async () => {
	const { search, asked, type } = list();
	await type('a');
	await type('ac');
	await asked[1]?.answer(['Acme']);
	await asked[0]?.answer(['Atlas']);
	expect(labels(search)).toEqual(['Acme']);
});

it('lets Enter take nothing while the list belongs to an older text', async () => {
	const { search, asked, type } = list();
	await type('a');
	await asked[0]?.answer(['Atlas']);
	expect(search.choice?.label).toBe('Atlas');
	search.type('ac');
	expect(search.choice).toBeUndefined();
});

it('asks nobody for what it knows, and is not busy then', async () => {
	const { search, asked, type } = list();
	await type('a');
	await asked[0]?.answer(['Atlas']);
	search.type('ac');
	search.type('a');
	expect(search.busy).toBe(false);
	expect(labels(search)).toEqual(['Atlas']);
});

it('says when the search failed, and tries again with the next letter', async () => {
	const { search, asked, type } = list();
	await type('a');
	await asked[0]?.fail();
	expect(search.failed).toBe(true);
	await type('ac');
	await asked[1]?.answer(['Acme']);
	expect(search.failed).toBe(false);
});

it('walks around its ends', async () => {
	const { search, asked, type } = list();
	await type('a');
	await asked[0]?.answer(['Acme', 'Atlas']);
	search.step(-1);
	expect(search.choice?.label).toBe('Atlas');
	search.step(1);
	expect(search.choice?.label).toBe('Acme');
});
