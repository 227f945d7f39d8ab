import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Presence, type Here } from './presence.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const entry = (user: string, more: object = {}) => [{ user, page: 'board', record: null, act: null, presence_ref: `${user}-1`, ...more }];

/** Presence on a channel that notes when it was called. */
function joined() {
	const told: { at: number; here: Here }[] = [];
	const start = Date.now();
	const presence = new Presence('tab-me', 'me');
	presence.connected((here) => told.push({ at: Date.now() - start, here }));
	return { presence, told };
}

describe('presence', () => {
	it('tells who is with a record, without this user and without itself', () => {
		const presence = new Presence('tab-me', 'me');
		presence.heard({
			'tab-me': entry('me', { record: 'r1', act: 'view' }),
			'tab-me-2': entry('me', { record: 'r1', act: 'view' }),
			'tab-ada': entry('ada', { record: 'r1', act: 'drag' })
		});
		expect(presence.on('r1').map(({ user, act }) => [user, act])).toEqual([['ada', 'drag']]);
		expect(presence.others.map((each) => each.tab)).toEqual(['tab-me-2', 'tab-ada']);
	});

	it('reads nothing into what another tab made up', () => {
		const presence = new Presence('tab-me', 'me');
		presence.heard({
			a: [{ user: { toString: 1 } }],
			b: [{}],
			c: [],
			d: [{ user: 'x'.repeat(500) }],
			e: [{ user: 'eve', act: 'rob', record: 7 }]
		});
		expect(presence.others).toEqual([{ tab: 'e', user: 'eve', page: '', record: null, act: null, ref: '' }]);
	});

	it('tells one gesture once, and the last word always', () => {
		const { presence, told } = joined();
		presence.tell({ record: 'r1', act: 'drag' });
		presence.tell({ record: 'r2', act: 'drag' });
		vi.advanceTimersByTime(1_000);
		expect(told.map(({ here }) => here.record)).toEqual([null, 'r2']);
	});

	it('says in one word that one thing is over and the next begun', () => {
		const { presence, told } = joined();
		vi.advanceTimersByTime(1_000);
		presence.tell({ record: 'r1', act: 'drag' });
		vi.advanceTimersByTime(1_000);
		presence.tell({ record: null, act: null });
		vi.advanceTimersByTime(1_000);
		presence.tell({ record: 'r2', act: 'view' });
		vi.advanceTimersByTime(5_000);
		presence.tell({ record: null, act: null });
		vi.advanceTimersByTime(5_000);
		expect(told.map(({ here }) => here.record)).toEqual([null, 'r1', 'r2', null]);
	});

	it('never calls more than five times within 30 s, and still says when it is over', () => {
		const { presence, told } = joined();
		for (let drag = 0; drag < 40; drag++) {
			presence.tell({ record: `r${drag}`, act: 'drag' });
			vi.advanceTimersByTime(1_000);
			presence.tell({ record: null, act: null });
			vi.advanceTimersByTime(1_000);
		}
		vi.advanceTimersByTime(60_000);
		for (const { at } of told) expect(told.filter((other) => other.at >= at && other.at <= at + 30_000).length).toBeLessThanOrEqual(5);
		expect(told.length).toBeGreaterThan(10);
		expect(told.at(-1)?.here.act).toBeNull();
	});

	it('knows that a card was put down as soon as its change is seen', () => {
		const presence = new Presence('tab-me', 'me');
		const state = { 'tab-ada': entry('ada', { record: 'r1', act: 'drag' }) };
		presence.heard(state);
		presence.putDown('ada', 'r1');
		presence.heard(state);
		expect(presence.on('r1')).toEqual([]);
		presence.heard({ 'tab-ada': entry('ada', { record: 'r1', act: 'drag', presence_ref: 'ada-2' }) });
		expect(presence.on('r1')).toHaveLength(1);
	});

	it('knows nobody once the channel is lost, and introduces itself anew when it is back', () => {
		const presence = new Presence('tab-me', 'me');
		const told: Here[] = [];
		presence.tell({ page: 'board' });
		presence.heard({ 'tab-ada': entry('ada') });
		presence.connected(null);
		expect(presence.others).toEqual([]);
		presence.connected((here) => told.push(here));
		expect(told).toEqual([{ user: 'me', page: 'board', record: null, act: null }]);
	});
});
