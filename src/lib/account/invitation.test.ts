import { expect, it, vi } from 'vitest';
import { readInvitation } from './invitation';

const world = vi.hoisted(() => ({ state: '' }));

vi.mock('$lib/server/answer', () => ({ parse: (_: unknown, input: unknown) => input }));
vi.mock('$lib/server/config', () => ({ config: () => ({ secretKey: 'key' }) }));
vi.mock('$lib/server/supabase', () => ({
	createServiceClient: () => ({
		rpc: async () => {
			const row = { email: 'new@x.test', workspace: 'Acme', role: 'Sales', invited_by: 'Ada', has_account: true, state: world.state };
			return { data: [row], error: null };
		}
	})
}));

it('says what somebody is invited to while the invitation is open', async () => {
	world.state = 'open';
	const invitation = { email: 'new@x.test', workspace: 'Acme', role: 'Sales', invitedBy: 'Ada', hasAccount: null };
	expect(await readInvitation('token')).toEqual({ state: 'open', invitation });
});

it.each(['accepted', 'revoked', 'expired'])('says of one that is %s only that it is', async (state) => {
	world.state = state;
	expect(await readInvitation('token')).toEqual({ state, invitation: null });
});
