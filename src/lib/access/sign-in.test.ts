import { expect, it } from 'vitest';
import { signInForm, signUpForm } from './sign-in';

const good = { name: 'Ada', email: ' Ada@X.test ', password: 'longenough', workspace: 'Acme', currency: 'eur' };

it('tidies what people type', () => {
	expect(signUpForm.parse(good)).toMatchObject({ email: 'ada@x.test', currency: 'EUR' });
});

it.each([
	['password', 'short'],
	['password', '€'.repeat(25)],
	['email', 'ada@'],
	['email', `${'a'.repeat(250)}@x.test`],
	['workspace', '   '],
	['name', 'x'.repeat(121)],
	['currency', 'EURO']
])('refuses %s %s with a sentence beside it', (field, value) => {
	const result = signUpForm.safeParse({ ...good, [field]: value });
	expect(result.error?.issues[0]).toMatchObject({ path: [field], message: expect.stringMatching(/\.$/) });
});

it('does not judge old passwords at sign-in', () => {
	expect(signInForm.safeParse({ email: 'a@x.test', password: 'x' }).success).toBe(true);
});
