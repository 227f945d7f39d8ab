import { expect, it } from 'vitest';
import { whoIsHere } from './who-is-here';

const member = (userId: string, name: string, status = 'active') => ({ userId, name, status, email: '', roleKey: 'sales' });
const members = [member('me', 'Me'), member('zoe', 'Zoe'), member('ada', 'Ada'), member('gone', 'Gone', 'suspended')];

it('shows each colleague once, by name, with the page of one tab', () => {
	const tabs = [
		{ user: 'zoe', page: 'companies' },
		{ user: 'ada', page: 'pipeline' },
		{ user: 'zoe', page: 'pipeline' },
		{ user: 'me', page: 'pipeline' }
	];
	expect(whoIsHere(tabs, members, 'me')).toEqual([
		{ userId: 'ada', name: 'Ada', where: 'on the pipeline' },
		{ userId: 'zoe', name: 'Zoe', where: 'in companies' }
	]);
});

it('shows nobody who is not an active member, whatever a tab claims', () => {
	expect(
		whoIsHere(
			[
				{ user: 'gone', page: 'x' },
				{ user: 'stranger', page: 'x' }
			],
			members,
			'me'
		)
	).toEqual([]);
});

it('says no more than that somebody is here when their tab names no page there is', () => {
	for (const page of ['', 'x', 'constructor', '__proto__'])
		expect(whoIsHere([{ user: 'ada', page }], members, 'me')[0]?.where).toBe('here');
});
