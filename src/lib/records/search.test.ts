import { expect, it } from 'vitest';
import { titlesFirst, type Found } from './search';

const found = (title: string, subtitle = ''): Found => ({ resource: 'companies', id: title, title, subtitle });

it('names come before addresses, each in the order of the search', () => {
	const results = [
		found('Eva', 'eva@northwind-logistics.test'),
		found('Northwind Logistics'),
		found('Pieter', 'p@logistics.test'),
		found('Logistics plan')
	];
	expect(titlesFirst(results, ' LOGIS').map(({ title }) => title)).toEqual(['Northwind Logistics', 'Logistics plan', 'Eva', 'Pieter']);
});
