import { describe, expect, it } from 'vitest';
import { shareForm, whyNotText } from './model';

const record = { resource: 'deals', id: crypto.randomUUID() };
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

describe('a share', () => {
	it.each([
		[{ member: crypto.randomUUID() }, true],
		[{ team: crypto.randomUUID(), access: 'edit', expires_at: tomorrow }, true],
		[{}, false],
		[{ member: crypto.randomUUID(), team: crypto.randomUUID() }, false],
		[{ member: crypto.randomUUID(), access: 'delete' }, false],
		[{ member: crypto.randomUUID(), expires_at: '2020-01-01T00:00:00Z' }, false],
		[{ member: 'x' }, false]
	])('%o is one: %s', (rest, valid) => expect(shareForm.safeParse({ ...record, ...rest }).success).toBe(valid));
});

it.each([
	'not_a_member',
	'suspended',
	'workspace_suspended',
	'role',
	'share_expired',
	'unowned',
	'other_team',
	'not_owner',
	'second_factor'
])('%s is told in a sentence of its own', (reason) => {
	const text = whyNotText('Ann', 'deals', { reason, role: 'Sales', scope: 'own' });
	expect(text).toMatch(/^[A-Z].*\.$/);
	expect(text).not.toBe(whyNotText('Ann', 'deals', { reason: 'something new', role: null, scope: null }));
});
