import { expect, it } from 'vitest';
import { ownerChoices } from './owner-choices';

const person = (userId: string, status = 'active') => ({ userId, name: `Name ${userId}`, email: `${userId}@demo.test`, status });
const members = [person('ada'), person('bo'), person('cy'), person('di', 'suspended')];
const me = { id: 'bo', teammates: ['bo', 'cy'] };
const idsFor = (scope: 'own' | 'team' | 'all') => ownerChoices(members, me, { deals: { create: scope } }).owners.map(({ id }) => id);

it('offers the people the role reaches, the person themselves first, nobody suspended', () => {
	expect([idsFor('own'), idsFor('team'), idsFor('all')]).toEqual([['bo'], ['bo', 'cy'], ['bo', 'ada', 'cy']]);
});

it('lets only those who reach everything leave deals without an owner', () => {
	expect(ownerChoices(members, me, { deals: { create: 'team' } }).mayLeaveUnowned).toBe(false);
	expect(ownerChoices(members, me, { deals: { create: 'all' } }).mayLeaveUnowned).toBe(true);
});

it('finds people by address and by name', () => {
	expect(ownerChoices(members, me, { deals: { create: 'own' } }).owners).toEqual([
		{ id: 'bo', label: 'Me (Name bo)', names: ['bo@demo.test', 'Name bo'] }
	]);
});
