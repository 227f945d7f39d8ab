import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Paced } from './paced';
import { TestTab } from './test-tab';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that takes `tookMs` and notes when it began. */
function paced(tab: TestTab, tookMs = 0) {
	const began: number[] = [];
	const start = Date.now();
	const work = () => {
		began.push(Date.now() - start);
		return new Promise<void>((done) => setTimeout(done, tookMs));
	};
	return { began, task: new Paced(work, () => 50, tab) };
}

describe('paced work', () => {
	it('answers many requests with one run after the delay', async () => {
		const { began, task } = paced(new TestTab());
		for (let i = 0; i < 10; i++) task.ask();
		await vi.advanceTimersByTimeAsync(1_000);
		expect(began).toEqual([50]);
	});

	it('never runs twice at once; what was asked meanwhile follows', async () => {
		const { began, task } = paced(new TestTab(), 400);
		task.ask();
		await vi.advanceTimersByTimeAsync(100);
		task.ask();
		task.ask('at once');
		await vi.advanceTimersByTimeAsync(2_000);
		expect(began).toEqual([50, 500]);
	});

	it('waits while the tab is hidden and catches up when it is seen', async () => {
		const tab = new TestTab();
		const { began, task } = paced(tab);
		tab.set({ hidden: true });
		task.ask('at once');
		await vi.advanceTimersByTimeAsync(60_000);
		expect(began).toEqual([]);
		tab.set({ hidden: false });
		await vi.advanceTimersByTimeAsync(100);
		expect(began).toHaveLength(1);
	});

	it('does nothing once stopped', async () => {
		const { began, task } = paced(new TestTab());
		task.ask();
		task.stop();
		await vi.advanceTimersByTimeAsync(1_000);
		expect(began).toEqual([]);
	});
});
