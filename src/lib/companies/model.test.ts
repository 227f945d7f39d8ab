import { expect, it } from 'vitest';
import { companyForm, domainOf } from './model';

const empty = { name: 'Acme', domain: '', industry: '', phone: '', city: '', country: '', owner_id: '', description: '' };

it.each([
	['https://www.Acme.com/about?x=1', 'acme.com'],
	['acme.co.uk', 'acme.co.uk'],
	['  WWW.acme.io#top ', 'acme.io'],
	['', '']
])('the domain of %j is %j', (text, domain) => {
	expect(domainOf(text)).toBe(domain);
});

it('stores nothing as null and line ends as one character', () => {
	expect(companyForm.parse({ ...empty, name: '  Acme ', description: 'a\r\nb\0 ' })).toMatchObject({
		name: 'Acme',
		domain: null,
		owner_id: null,
		description: 'a\nb'
	});
});

it.each([
	['name', '   ', /name/],
	['name', 'x'.repeat(201), /200/],
	['domain', 'not a domain', /company\.com/],
	['description', 'x'.repeat(10_001), /10,000/],
	['owner_id', 'somebody', /list/]
])('refuses %s %j with a sentence', (field, value, sentence) => {
	const issue = companyForm.safeParse({ ...empty, [field]: value }).error?.issues[0];
	expect(issue?.path).toEqual([field]);
	expect(issue?.message).toMatch(sentence);
});
