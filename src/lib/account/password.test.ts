import { beforeEach, expect, it, vi } from 'vitest';
import type { RequestEvent } from '@sveltejs/kit';
import { changePassword, checkPassword } from './password';

const password = 'correct horse';
const [me, stranger] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
/** Who Auth lets in with the password, how this session began, and what was asked of Auth and the database. */
const world = vi.hoisted(() => ({ owner: '', method: '', changeFails: false, done: [] as string[] }));

vi.mock('$lib/server/answer', () => ({ parse: (schema: { parse: (input: unknown) => unknown }, input: unknown) => schema.parse(input) }));
vi.mock('$lib/server/log', () => ({ logProblem: () => world.done.push('logged') }));
vi.mock('$lib/server/supabase', () => ({
	createServiceClient: () => ({
		rpc: async (name: string, { email, outcome }: { email: string; outcome?: string }) => {
			world.done.push([name, email, outcome].filter(Boolean).join(' '));
			return { data: null, error: null };
		}
	}),
	createUnkeptClient: () => ({
		auth: {
			signInWithPassword: async (given: { password: string }) =>
				given.password === password
					? { data: { user: { id: world.owner } }, error: null }
					: { data: { user: null }, error: { code: 'invalid_credentials', message: 'no' } },
			signOut: async () => world.done.push('signed out')
		}
	})
}));

const event = (): RequestEvent =>
	Object.assign(Object.create(null), {
		cookies: { get: () => undefined },
		locals: {
			claims: { sub: me, email: 'former@x.test' },
			supabase: {
				auth: {
					getClaims: async () => ({ data: { claims: { amr: [{ method: world.method, timestamp: Date.now() / 1000 }] } } }),
					updateUser: async () =>
						world.changeFails
							? { data: { user: null }, error: { code: 'weak_password', message: 'no' } }
							: { data: { user: { id: me, email: 'now@x.test' } }, error: null }
				}
			}
		}
	});

function form(fields: Record<string, string>): FormData {
	const data = new FormData();
	for (const [name, value] of Object.entries(fields)) data.set(name, value);
	return data;
}

beforeEach(() => Object.assign(world, { owner: me, method: 'password', changeFails: false, done: [] }));

it('knows the password of the session’s person, and keeps no session of it', async () => {
	await checkPassword(event(), password);
	expect(world.done.at(-1)).toBe('signed out');
});

it('refuses a wrong password beside its field', async () => {
	await expect(checkPassword(event(), 'guess')).rejects.toMatchObject({ code: 'wrong_password', details: { field: 'current' } });
});

it('refuses the password of whoever has the address in the token by now', async () => {
	world.owner = stranger;
	await expect(checkPassword(event(), password)).rejects.toMatchObject({
		status: 400,
		code: 'wrong_password',
		details: { field: 'current' }
	});
	expect(world.done.at(-1)).toBe('signed out');
});

it('a password chosen by letter opens an address that wrong ones had locked', async () => {
	world.method = 'recovery';
	await changePassword(event(), form({ password: 'a new sentence' }));
	expect(world.done).toEqual(['end_sign_in now@x.test right']);
});

it('one that Auth refuses does not', async () => {
	Object.assign(world, { method: 'recovery', changeFails: true });
	await expect(changePassword(event(), form({ password: 'a new sentence' }))).rejects.toMatchObject({ code: 'weak_password' });
	expect(world.done).toEqual([]);
});
