import { expect, it } from 'vitest';
import { accessMap, may, mayClaim, mayOn } from './access';

const access = accessMap([
	{ resource: 'deals', action: 'read', scope: 'all' },
	{ resource: 'deals', action: 'update', scope: 'team' },
	{ resource: 'contacts', action: 'update', scope: 'own' },
	{ resource: 'contacts', action: 'delete', scope: 'galaxy' }
]);
const me = { id: 'me', teammates: ['me', 'mate'] };

it('shows what the role may do at all', () => {
	expect(may(access, 'deals', 'update')).toBe(true);
	expect(may(access, 'deals', 'delete')).toBe(false);
	expect(may(access, 'contacts', 'delete')).toBe(false);
	expect(may(access, 'leads', 'read')).toBe(false);
});

it.each([
	['deals', 'read', null, true],
	['deals', 'update', 'me', true],
	['deals', 'update', 'mate', true],
	['deals', 'update', 'stranger', false],
	['deals', 'update', null, false],
	['contacts', 'update', 'me', true],
	['contacts', 'update', 'mate', false],
	['deals', 'delete', 'me', false]
])('%s %s on a record of %s: %s', (resource, action, owner_id, expected) => {
	expect(mayOn(access, me, resource, action, { owner_id })).toBe(expected);
});

it('lets a share reach a record beyond the scope, and never a right beyond the role', () => {
	const guest = { ...me, sharedToEdit: ['shared'] };
	const shared = { id: 'shared', owner_id: 'stranger' };
	expect(mayOn(access, guest, 'deals', 'update', shared)).toBe(true);
	expect(mayOn(access, guest, 'deals', 'update', { ...shared, id: 'another' })).toBe(false);
	expect(mayOn(access, guest, 'deals', 'delete', shared)).toBe(false);
	expect(mayOn(access, guest, 'companies', 'update', shared)).toBe(false);
	const discreet = accessMap([{ resource: 'contact_private', action: 'update', scope: 'own' }]);
	expect(mayOn(discreet, guest, 'contact_private', 'update', shared)).toBe(false);
});

it('lets whoever may update take over what nobody owns', () => {
	expect(mayClaim(access, 'deals', { owner_id: null })).toBe(true);
	expect(mayClaim(access, 'deals', { owner_id: 'stranger' })).toBe(false);
	expect(mayClaim(access, 'companies', { owner_id: null })).toBe(false);
});
