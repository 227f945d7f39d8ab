import { describe, expect, it } from 'vitest';
import { matrix, readMatrix, readRules, summary } from './model';

const posted = (entries: [string, string][]) => {
	const form = new FormData();
	for (const [name, value] of entries) form.append(name, value);
	return form;
};

describe('a posted matrix', () => {
	it('gives the rights of its filled cells', () => {
		expect(
			readMatrix(
				posted([
					['deals.read', 'team'],
					['deals.update', ''],
					['contacts.export', 'own'],
					['members.create', 'all']
				])
			)
		).toEqual([
			{ resource: 'deals', action: 'read', scope: 'team' },
			{ resource: 'contacts', action: 'export', scope: 'own' },
			{ resource: 'members', action: 'create', scope: 'all' }
		]);
	});

	it('knows no cell that the database would refuse', () => {
		expect(
			readMatrix(
				posted([
					['deals.manage', 'all'],
					['secrets.read', 'all'],
					['deals.read', 'everything'],
					['analytics.read', 'own']
				])
			)
		).toEqual([{ resource: 'analytics', action: 'read', scope: 'all' }]);
	});

	it('names each resource once', () => expect(new Set(matrix.map(({ resource }) => resource)).size).toBe(matrix.length));
});

it('a posted rule must be about a field that exists', () => {
	expect(
		readRules(
			posted([
				['rule', 'deals.amount'],
				['rule', 'deals.version'],
				['rule', 'contacts.email']
			])
		)
	).toEqual([
		{ resource: 'deals', field: 'amount' },
		{ resource: 'contacts', field: 'email' }
	]);
});

it('a role is summed up by what it sees and edits', () => {
	const all = (action: string, scope: string) => ['deals', 'companies', 'contacts'].map((resource) => ({ resource, action, scope }));
	expect(summary([...all('read', 'all'), ...all('update', 'team')])).toBe('Sees all records, edits team records');
	expect(summary([{ resource: 'deals', action: 'read', scope: 'own' }])).toBe('Sees some records, edits no records');
	expect(summary([...all('read', 'all'), { resource: 'roles', action: 'update', scope: 'all' }])).toContain('changes settings');
});
