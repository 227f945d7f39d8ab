import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from './change';
import { Feed } from './feed';
import { Rows } from './rows';
import { TestTab } from './test-tab';

type Item = { id: string; version: number };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server holding items, a tab that shows them, and the news between the two. */
class Stage {
	server = new Map<string, Item>();
	tab = new TestTab();
	rows = new Rows<Item>();
	asked: string[][] = [];
	windows = 0;
	down = false;
	#listeners: ((change: Change) => void)[] = [];
	#resyncs: (() => void)[] = [];
	feed = new Feed(
		{
			surroundings: this.tab,
			onChange: (listener) => (this.#listeners.push(listener), () => {}),
			onResync: (resync) => (this.#resyncs.push(resync), () => {})
		},
		this.rows,
		{
			table: 'items',
			fetchRows: async (ids) => {
				this.asked.push(ids);
				if (this.down) throw new Error('no answer');
				return ids.flatMap((id) => this.server.get(id) ?? []);
			},
			fetchWindow: async () => {
				this.windows++;
				if (this.down) throw new Error('no answer');
				this.rows.replace([...this.server.values()], this.rows.mark());
			}
		}
	);

	write(id: string, version: number): void {
		this.server.set(id, { id, version });
	}

	say(op: Change['op'], rows: Item[], count: number | null = null): void {
		for (const listener of this.#listeners) listener({ table: 'items', op, rows, count, actor: null, requestId: null });
	}

	resync(): void {
		for (const resync of this.#resyncs) resync();
	}
}

describe('a feed', () => {
	it('asks once for all rows that changed within a moment', async () => {
		const stage = new Stage();
		for (const id of ['a', 'b', 'c']) {
			stage.write(id, 2);
			stage.say('update', [{ id, version: 2 }]);
		}
		await vi.advanceTimersByTimeAsync(100);
		expect(stage.asked).toEqual([['a', 'b', 'c']]);
		expect(stage.rows.size).toBe(3);
	});

	it('does not ask for what it knows already', async () => {
		const stage = new Stage();
		stage.rows.merge([{ id: 'a', version: 5 }]);
		stage.say('update', [{ id: 'a', version: 5 }]);
		await vi.advanceTimersByTimeAsync(1_000);
		expect(stage.asked).toEqual([]);
	});

	it('takes away what was deleted, and what is not returned any more', async () => {
		const stage = new Stage();
		stage.rows.merge([
			{ id: 'a', version: 1 },
			{ id: 'b', version: 1 }
		]);
		stage.say('delete', [{ id: 'a', version: 1 }]);
		expect(stage.rows.get('a')).toBeUndefined();
		stage.say('update', [{ id: 'b', version: 2 }]);
		await vi.advanceTimersByTimeAsync(100);
		expect(stage.rows.get('b')).toBeUndefined();
		stage.write('b', 3);
		stage.say('update', [{ id: 'b', version: 3 }]);
		await vi.advanceTimersByTimeAsync(100);
		expect(stage.rows.get('b')?.version).toBe(3);
	});

	it('fetches the whole window after a count, a gap, and very many ids', async () => {
		const stage = new Stage();
		stage.write('a', 1);
		stage.say('insert', [], 5_000);
		await vi.advanceTimersByTimeAsync(100);
		expect([stage.windows, stage.rows.size, stage.asked.length]).toEqual([1, 1, 0]);
		stage.resync();
		await vi.advanceTimersByTimeAsync(100);
		expect(stage.windows).toBe(2);
		stage.say(
			'update',
			Array.from({ length: 101 }, (_, i) => ({ id: `r${i}`, version: 1 }))
		);
		await vi.advanceTimersByTimeAsync(2_000);
		expect([stage.windows, stage.asked.length]).toEqual([3, 0]);
	});

	it('forgets nothing while there is no answer', async () => {
		const stage = new Stage();
		stage.down = true;
		stage.write('a', 2);
		stage.say('update', [{ id: 'a', version: 2 }]);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(stage.rows.size).toBe(0);
		expect(stage.asked.length + stage.windows).toBeLessThan(10);
		stage.down = false;
		await vi.advanceTimersByTimeAsync(40_000);
		expect(stage.rows.get('a')?.version).toBe(2);
	});

	it('waits while nobody looks', async () => {
		const stage = new Stage();
		stage.tab.set({ hidden: true });
		stage.write('a', 1);
		stage.say('insert', [{ id: 'a', version: 1 }]);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(stage.asked).toEqual([]);
		stage.tab.set({ hidden: false });
		await vi.advanceTimersByTimeAsync(100);
		expect(stage.rows.size).toBe(1);
	});

	it('takes rows of the same version when asked to refetch what they embed', async () => {
		const stage = new Stage();
		stage.rows.merge([{ id: 'a', version: 1 }]);
		stage.write('a', 1);
		stage.feed.refetch(['a']);
		await vi.advanceTimersByTimeAsync(100);
		expect(stage.rows.get('a')).toBe(stage.server.get('a'));
	});
});
