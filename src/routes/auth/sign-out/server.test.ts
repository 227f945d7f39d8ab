import { expect, it, vi } from 'vitest';
import { POST } from './+server';

vi.mock('$app/server', () => ({ getRequestEvent: () => null }));
vi.mock('$lib/server/door', () => ({ leadToSignIn: () => {} }));
vi.mock('$lib/server/supabase', () => ({ forgetSession: () => {} }));

function call(headers: Record<string, string>) {
	const url = new URL('https://crm.test/auth/sign-out');
	const signOut = vi.fn(async () => ({ error: null }));
	const event: Parameters<typeof POST>[0] = Object.assign(Object.create(null), {
		url,
		request: new Request(url, { method: 'POST', headers }),
		locals: { supabase: { auth: { signOut } } }
	});
	return { signOut, answer: async () => POST(event) };
}

it('signs out from our own pages', async () => {
	const { signOut, answer } = call({ origin: 'https://crm.test' });
	await expect(answer()).rejects.toMatchObject({ status: 303, location: '/sign-in' });
	expect(signOut).toHaveBeenCalledOnce();
});

it.each([
	['origin', 'https://evil.test'],
	['origin', 'null'],
	['sec-fetch-site', 'cross-site']
])('does not when %s is %s', async (header, value) => {
	const { signOut, answer } = call({ [header]: value });
	expect((await answer()).status).toBe(403);
	expect(signOut).not.toHaveBeenCalled();
});
