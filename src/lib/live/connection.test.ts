import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from './connection.svelte';
import { TestTab } from './test-tab';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function connected() {
	const server = { up: true };
	const tab = new TestTab();
	const returned = vi.fn();
	const connection = new Connection(() => Promise.resolve(server.up), tab, returned);
	connection.start();
	connection.subscribed(true);
	return { server, tab, returned, connection };
}

describe('the connection', () => {
	it('lets the user edit before the first subscription, and calls it connecting', () => {
		const connection = new Connection(
			() => Promise.resolve(true),
			new TestTab(),
			() => {}
		);
		connection.start();
		expect([connection.state, connection.writable, connection.interrupted]).toEqual(['connecting', true, false]);
	});

	it('is offline at once when the machine loses its network, and asks the server when it returns', async () => {
		const { tab, returned, connection } = connected();
		tab.set({ networked: false });
		connection.subscribed(false);
		expect([connection.state, connection.writable]).toEqual(['offline', false]);
		tab.set({ networked: true });
		await vi.advanceTimersByTimeAsync(50);
		expect(returned).toHaveBeenCalled();
		connection.subscribed(true);
		expect(connection.state).toBe('online');
	});

	it('keeps editing possible when only the live channel is lost', async () => {
		const { connection } = connected();
		connection.subscribed(false);
		await vi.advanceTimersByTimeAsync(50);
		expect([connection.state, connection.writable, connection.interrupted]).toEqual(['connecting', true, true]);
	});

	it('is offline when a lost channel turns out to be a lost server, and notices its return', async () => {
		const { server, returned, connection } = connected();
		server.up = false;
		connection.subscribed(false);
		await vi.advanceTimersByTimeAsync(50);
		expect(connection.state).toBe('offline');
		server.up = true;
		await vi.advanceTimersByTimeAsync(5_000);
		expect([connection.state, returned.mock.calls.length > 0]).toEqual(['connecting', true]);
	});

	it('is offline after a request without an answer, until one is answered', async () => {
		const { server, returned, connection } = connected();
		server.up = false;
		connection.requested(false);
		expect(connection.state).toBe('offline');
		await vi.advanceTimersByTimeAsync(60_000);
		expect(connection.state).toBe('offline');
		connection.requested(true);
		expect([connection.state, returned.mock.calls.length]).toEqual(['online', 1]);
	});
});
