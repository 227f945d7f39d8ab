import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toast, toasts } from './toast.svelte';

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('document', {});
});

afterEach(() => {
	vi.runAllTimers();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const messages = () => toasts.list.map(({ message }) => message);

it('goes by itself, later when there is something to do', () => {
	toast('Saved');
	toast('Moved to the trash', { action: { label: 'Undo', run: () => undefined } });
	vi.advanceTimersByTime(4000);
	expect(messages()).toEqual(['Moved to the trash']);
	vi.advanceTimersByTime(4000);
	expect(messages()).toEqual([]);
});

it('waits while somebody reads', () => {
	toast('Saved');
	vi.advanceTimersByTime(3900);
	toasts.pause();
	vi.advanceTimersByTime(60_000);
	expect(messages()).toEqual(['Saved']);
	toasts.resume();
	vi.advanceTimersByTime(1500);
	expect(messages()).toEqual([]);
});

it('keeps the last four', () => {
	for (const message of ['1', '2', '3', '4', '5']) toast(message);
	expect(messages()).toEqual(['2', '3', '4', '5']);
});
