import { describe, expect, it, vi } from 'vitest';
import { invitationLetter } from './letters';

vi.mock('$lib/server/config', () => ({ config: () => ({ secretKey: 'key' }) }));

const write = (names: { workspace?: string; inviter?: string }) =>
	invitationLetter({
		to: 'new@x.test',
		token: 't',
		workspace: 'Acme',
		inviter: 'Ada Lovelace',
		inviterEmail: 'ada@x.test',
		origin: 'https://crm.test',
		...names
	});

describe('a letter of invitation', () => {
	it('says who invites into what', () => {
		expect(write({}).paragraphs[0]).toBe('Ada Lovelace invites you to work in “Acme” on GeminiCRM.');
	});

	it('has a subject that nobody writes', () => {
		expect(write({ workspace: 'Your invoice is due' }).subject).toBe('You are invited to GeminiCRM');
	});

	it('is one paragraph per thought, whatever a name holds', () => {
		expect(write({ workspace: ' Acme\n\n\u0000Pay\u2028\tnow\u202e ' }).paragraphs[0]).toContain('“Acme Pay now”');
	});

	it.each([
		'https://evil.test',
		'Win: hxxp://evil.test',
		'www.evil.test',
		'Go to WWW.evil.test now',
		'evil.test/prize',
		'evil.test:8443',
		'evil.test?x=1',
		'ｗｗｗ．evil.test',
		'https:\u200b//evil.test',
		'evil.xn--p1ai/a'
	])('shows no address of the web in place of a name: %s', (name) => {
		expect(write({ workspace: name, inviter: name }).paragraphs[0]).toBe('ada@x.test invites you to work in a workspace on GeminiCRM.');
	});

	it.each(['Booking.com', 'St. Mary’s', 'A/B Testing Ltd.', 'J. R. R. Tolkien', 'Müller & Söhne', 'Acme: North'])('keeps %s', (name) => {
		expect(write({ workspace: name }).paragraphs[0]).toContain(`“${name}”`);
	});
});
