import { expect, it, vi } from 'vitest';
import { forgetSession } from './supabase';

vi.mock('./config', () => ({ config: () => ({}) }));

it('a session that another load has forgotten is not forgotten again: the answer may be on its way', () => {
	const held = new Map([
		['gcrm-session.0', 'a'],
		['gcrm-session.1', 'b'],
		['theme', 'dark']
	]);
	const forgotten: string[] = [];
	const cookies = {
		getAll: () => [...held].map(([name, value]) => ({ name, value })),
		// Kit's: what was deleted stays among the cookies of the request, empty.
		delete: (name: string) => {
			held.set(name, '');
			forgotten.push(name);
		}
	};
	forgetSession(cookies);
	forgetSession(cookies);
	expect(forgotten).toEqual(['gcrm-session.0', 'gcrm-session.1']);
});
