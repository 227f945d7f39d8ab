import { expect, it, vi } from 'vitest';
import type { RequestEvent } from '@sveltejs/kit';
import { deleteAccount } from './deletion';

const checkPassword = vi.hoisted(() => vi.fn());
const deleteUser = vi.hoisted(() => vi.fn(async () => ({ error: null })));

vi.mock('./password', () => ({ checkPassword }));
vi.mock('./photo', () => ({ removePhoto: async () => {} }));
vi.mock('$lib/server/supabase', () => ({ createServiceClient: () => ({ auth: { admin: { deleteUser } } }), forgetSession: () => {} }));

const answers: Record<string, unknown> = {
	who_am_i: { data: null, error: { code: 'PT401', message: 'Enter your second factor first.', hint: 'second_factor' } },
	// Tells a session that owes its second factor too: that is how people see why a workspace is closed.
	my_workspaces: { data: [], error: null }
};
const event: RequestEvent = Object.assign(Object.create(null), {
	locals: { claims: { sub: 'u1', email: 'a@x.test' }, supabase: { rpc: async (name: string) => answers[name] } }
});

it('a session that owes its second factor deletes nothing, and tries no password', async () => {
	await expect(deleteAccount(event, 'right')).rejects.toMatchObject({ code: 'second_factor' });
	expect(checkPassword).not.toHaveBeenCalled();
	expect(deleteUser).not.toHaveBeenCalled();
});
