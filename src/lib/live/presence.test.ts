import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Presence, type Here } from './presence.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const entry = (user: string, more: object = {}) => [{ user, page: 'board', record: null, act: null, presence_ref: '1', ...more }];

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
		expect(presence.others).toEqual([{ tab: 'e', user: 'eve', page: '', record: null, act: null }]);
	});

	it('tells at once, then at most every 200 ms, and the last word always', () => {
		const told: Here[] = [];
		const presence = new Presence('tab-me', 'me');
		presence.connected((here) => told.push(here));
		presence.tell({ record: 'r1', act: 'drag' });
		presence.tell({ record: 'r2' });
		presence.tell({ record: 'r3' });
		vi.advanceTimersByTime(1_000);
		expect(told.map((here) => here.record)).toEqual([null, 'r1', 'r3']);
	});

	it('knows nobody once the channel is lost, and introduces itself anew when it is back', () => {
		const told: Here[] = [];
		const presence = new Presence('tab-me', 'me');
		presence.tell({ page: 'board' });
		presence.heard({ 'tab-ada': entry('ada') });
		presence.connected(null);
		expect(presence.others).toEqual([]);
		presence.connected((here) => told.push(here));
		expect(told).toEqual([{ user: 'me', page: 'board', record: null, act: null }]);
		presence.stop();
	});
});
