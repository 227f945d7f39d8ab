import { expect, it } from 'vitest';
import { contactName } from './fields';
import { contactForm } from './model';

const empty = { first_name: '', last_name: '', email: '', phone: '', title: '', company_id: '', owner_id: '', description: '' };

it.each([{ first_name: 'Ada' }, { last_name: 'Lovelace' }, { email: 'ada@x.test' }])('needs only %o', (given) => {
	expect(contactForm.safeParse({ ...empty, ...given }).success).toBe(true);
});

it('refuses a contact that nobody could tell from another', () => {
	expect(contactForm.safeParse({ ...empty, phone: '123' }).error?.issues[0]).toMatchObject({
		path: ['first_name'],
		message: expect.stringMatching(/name or an e-mail/)
	});
});

it('refuses what is no address', () => {
	expect(contactForm.safeParse({ ...empty, email: 'ada at x' }).error?.issues[0]?.path).toEqual(['email']);
});

it.each([
	[{ first_name: 'Ada', last_name: 'Lovelace', email: null }, 'Ada Lovelace'],
	[{ first_name: '', last_name: 'Lovelace', email: 'a@x.test' }, 'Lovelace'],
	[{ first_name: '', last_name: '', email: 'a@x.test' }, 'a@x.test']
])('%o is called %s', (contact, name) => {
	expect(contactName(contact)).toBe(name);
});
